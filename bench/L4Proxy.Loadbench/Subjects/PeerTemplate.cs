using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Text;
using L4Proxy.Loadbench.Load;

namespace L4Proxy.Loadbench.Subjects;

/// <summary>
/// A configuration file of a proxy with gaps: <c>@NAME@</c> stands for a value, and what is between <c>#each listener</c> and
/// <c>#end</c> is repeated for each listener. In there, <c>#single</c> ... <c>#end</c> is for a listener with one endpoint,
/// <c>#several</c> ... <c>#end</c> for one with more, and <c>#each endpoint</c> ... <c>#end</c> is repeated for each endpoint.
/// Values: ADDRESS, HOST, PORT and NAME of a listener, ENDPOINT, ENDPOINTHOST, ENDPOINTPORT and NUMBER (from 1 on) of an endpoint.
/// </summary>
internal sealed class PeerTemplate
{
    private readonly ImmutableArray<string> _lines;
    private readonly string _name;

    public PeerTemplate(string text, string name)
    {
        _lines = [.. text.ReplaceLineEndings("\n").Split('\n')];
        _name = name;
    }

    /// <summary>Of a file in <c>bench/peers</c>, which are copied beside the program.</summary>
    /// <exception cref="LoadException">It is not there.</exception>
    public static PeerTemplate Read(string name)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "peers", name);
        try
        {
            return new PeerTemplate(File.ReadAllText(path), name);
        }
        catch (IOException e)
        {
            throw new LoadException($"{path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The name that a listener has in configurations.</summary>
    public static string NameOf(SubjectListener listener) => string.Create(CultureInfo.InvariantCulture, $"bench-{listener.Address.Port}");

    /// <exception cref="LoadException">A gap has no value, or a block no end.</exception>
    public string Fill(ImmutableArray<SubjectListener> listeners, IReadOnlyDictionary<string, string> values)
    {
        StringBuilder output = new();
        Write(output, 0, _lines.Length, new Dictionary<string, string>(values, StringComparer.Ordinal), new Scope(listeners, null));
        return output.ToString();
    }

    private void Write(StringBuilder output, int from, int to, Dictionary<string, string> values, Scope scope)
    {
        for (int i = from; i < to; i++)
        {
            if (!IsBlock(_lines[i], out string? kind))
            {
                Line(output, i, values, last: i == _lines.Length - 1);
                continue;
            }

            int end = EndOf(i, to);
            foreach ((Dictionary<string, string> inner, Scope innerScope) in Repeat(kind, i, values, scope))
            {
                Write(output, i + 1, end, inner, innerScope);
            }

            i = end;
        }
    }

    private IEnumerable<(Dictionary<string, string> Values, Scope Scope)> Repeat(
        string kind, int line, Dictionary<string, string> values, Scope scope) => (kind, scope.Listener) switch
        {
            ("each listener", null) => scope.Listeners.Select(l => (With(values, l), scope with { Listener = l })),
            ("single", { } listener) => listener.Endpoints.Length == 1 ? [(values, scope)] : [],
            ("several", { } listener) => listener.Endpoints.Length > 1 ? [(values, scope)] : [],
            ("each endpoint", { } listener) => listener.Endpoints.Select((e, n) => (With(values, e, n + 1), scope)),
            _ => throw new LoadException($"peers/{_name}:{line + 1}: '#{kind}' has no place here"),
        };

    private static Dictionary<string, string> With(Dictionary<string, string> values, SubjectListener listener) => new(values, StringComparer.Ordinal)
    {
        ["NAME"] = NameOf(listener),
        ["ADDRESS"] = listener.Address.ToString(),
        ["HOST"] = listener.Address.Address.ToString(),
        ["PORT"] = listener.Address.Port.ToString(CultureInfo.InvariantCulture),
    };

    private static Dictionary<string, string> With(Dictionary<string, string> values, IPEndPoint endpoint, int number) => new(values, StringComparer.Ordinal)
    {
        ["ENDPOINT"] = endpoint.ToString(),
        ["ENDPOINTHOST"] = endpoint.Address.ToString(),
        ["ENDPOINTPORT"] = endpoint.Port.ToString(CultureInfo.InvariantCulture),
        ["NUMBER"] = number.ToString(CultureInfo.InvariantCulture),
    };

    private void Line(StringBuilder output, int index, Dictionary<string, string> values, bool last)
    {
        string[] parts = _lines[index].Split('@');
        for (int i = 0; i < parts.Length; i++)
        {
            string part = parts[i];
            if (i % 2 == 1)
            {
                part = values.TryGetValue(part, out string? value)
                    ? value
                    : throw new LoadException($"peers/{_name}:{index + 1}: @{part}@ has no value");
            }

            output.Append(part);
        }

        if (!last)
        {
            output.Append('\n');
        }
    }

    private int EndOf(int start, int to)
    {
        int depth = 0;
        for (int i = start; i < to; i++)
        {
            depth += IsBlock(_lines[i], out _) ? 1 : 0;
            if (_lines[i].Trim() == "#end" && --depth == 0)
            {
                return i;
            }
        }

        throw new LoadException($"peers/{_name}:{start + 1}: '{_lines[start].Trim()}' has no '#end'");
    }

    private static bool IsBlock(string line, [NotNullWhen(true)] out string? kind)
    {
        string trimmed = line.Trim();
        bool block = trimmed is "#single" or "#several" || trimmed.StartsWith("#each ", StringComparison.Ordinal);
        kind = block ? trimmed[1..] : null;
        return block;
    }

    private sealed record Scope(ImmutableArray<SubjectListener> Listeners, SubjectListener? Listener);
}
