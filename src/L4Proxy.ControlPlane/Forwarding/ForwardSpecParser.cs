using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using L4Proxy.ControlPlane.Names;

namespace L4Proxy.ControlPlane.Forwarding;

/// <summary>Reads forward specs; says what is wrong with them in one line each.</summary>
public static class ForwardSpecParser
{
    private const string WeightPrefix = "weight=";

    /// <summary>Reads all specs; each one that cannot be read, or repeats another's listener, gives one error.</summary>
    public static ImmutableArray<ForwardSpec> ParseAll(IEnumerable<string> texts, out ImmutableArray<string> errors)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var specs = ImmutableArray.CreateBuilder<ForwardSpec>();
        var found = ImmutableArray.CreateBuilder<string>();
        foreach (string text in texts)
        {
            if (!TryParse(text, out ForwardSpec? spec, out string? error))
            {
                found.Add(error);
            }
            else if (spec.Listen.Port != 0 && specs.FirstOrDefault(s => s.Listen.Equals(spec.Listen)) is { } first)
            {
                found.Add($"spec '{text}': listener {spec.Listen} is already taken by '{first.Text}'; list all backends in one spec");
            }
            else
            {
                specs.Add(spec);
            }
        }

        errors = found.ToImmutable();
        return specs.ToImmutable();
    }

    /// <summary>Reads one spec. Never throws; the error names the part that is wrong and what is allowed there.</summary>
    public static bool TryParse(
        string text, [NotNullWhen(true)] out ForwardSpec? spec, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        spec = null;
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
        {
            error = $"spec '{text}': '=' is missing; write {ForwardSpec.Grammar}";
            return false;
        }

        ImmutableArray<ForwardBackend> backends = [];
        error = ReadListen(text[..equals], out IPEndPoint? listen) ?? ReadBackends(text[(equals + 1)..], out backends);
        if (error is not null)
        {
            error = $"spec '{text}': {error}";
            return false;
        }

        spec = new ForwardSpec(listen!, backends) { Text = text };
        return true;
    }

    private static string? ReadListen(string text, out IPEndPoint? listen)
    {
        listen = null;
        if (text.StartsWith("udp:", StringComparison.OrdinalIgnoreCase))
        {
            return "UDP is not served yet; only tcp: is allowed";
        }

        string rest = text.StartsWith("tcp:", StringComparison.OrdinalIgnoreCase) ? text[4..] : text;
        IPAddress? address = IPAddress.Loopback;
        string? port = rest;
        if (rest.Contains(':', StringComparison.Ordinal)
            && !(SplitAddress(rest, out string? host, out port) && IPLiteral.TryParse(host, out address)))
        {
            return $"listener '{rest}': write PORT (on 127.0.0.1), ADDRESS:PORT or [V6]:PORT, where ADDRESS and V6 are IP addresses";
        }

        if (!TryReadNumber(port, 0, IPEndPoint.MaxPort, out int number))
        {
            return $"listener '{rest}': port '{port}' is not a number from 0 (any free port) to {IPEndPoint.MaxPort}";
        }

        listen = new IPEndPoint(address, number);
        return null;
    }

    private static string? ReadBackends(string text, out ImmutableArray<ForwardBackend> backends)
    {
        string[] parts = text.Split(',');
        var list = ImmutableArray.CreateBuilder<ForwardBackend>(parts.Length);
        backends = [];
        for (int i = 0; i < parts.Length; i++)
        {
            string? error = ReadBackend(parts[i], out ForwardBackend? backend);
            if (error is null && list.Any(b => string.Equals(b.Address, backend!.Address, StringComparison.OrdinalIgnoreCase)))
            {
                error = "is listed twice; give it a weight instead: HOST:PORT/weight=N";
            }

            if (error is not null)
            {
                return $"backend {i + 1} '{parts[i]}': {error}";
            }

            list.Add(backend!);
        }

        backends = list.MoveToImmutable();
        return null;
    }

    private static string? ReadBackend(string text, out ForwardBackend? backend)
    {
        backend = null;
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        int weight = 1;
        if (slash >= 0)
        {
            string setting = text[(slash + 1)..];
            if (!setting.StartsWith(WeightPrefix, StringComparison.Ordinal)
                || !TryReadNumber(setting[WeightPrefix.Length..], 0, ForwardBackend.MaxWeight, out weight))
            {
                return $"'/{setting}' is not allowed; only /weight=N with N from 0 to {ForwardBackend.MaxWeight} may follow the port";
            }
        }

        string address = slash < 0 ? text : text[..slash];
        if (!SplitAddress(address, out string? host, out string? port))
        {
            return "write HOST:PORT or [V6]:PORT";
        }

        if (!IPLiteral.TryParse(host, out _) && !HostName.IsValid(host))
        {
            return $"'{host}' is neither an IP address nor a host name";
        }

        if (!TryReadNumber(port, 1, IPEndPoint.MaxPort, out int number))
        {
            return $"port '{port}' is not a number from 1 to {IPEndPoint.MaxPort}";
        }

        backend = new ForwardBackend(host, number, weight);
        return null;
    }

    /// <summary>HOST:PORT or [V6]:PORT in its two parts, the brackets taken off; an IPv6 address without them is refused.</summary>
    private static bool SplitAddress(string text, [NotNullWhen(true)] out string? host, [NotNullWhen(true)] out string? port)
    {
        bool bracketed = text.StartsWith('[');
        int end = bracketed ? text.IndexOf("]:", StringComparison.Ordinal) : text.IndexOf(':', StringComparison.Ordinal);
        host = end < 0 ? null : text[(bracketed ? 1 : 0)..end];
        port = end < 0 ? null : text[(end + (bracketed ? 2 : 1))..];
        return host is not null && port is not null
            && host.Contains(':', StringComparison.Ordinal) == bracketed
            && !port.Contains(':', StringComparison.Ordinal);
    }

    /// <summary>Plain decimal digits only: no sign, space or separator.</summary>
    private static bool TryReadNumber(string text, int min, int max, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= min && number <= max;
}
