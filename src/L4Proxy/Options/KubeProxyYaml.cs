using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using L4Proxy.ControlPlane;
using L4Proxy.ControlPlane.Settings;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace L4Proxy.Options;

/// <summary>
/// Reads kube-proxy's own configuration file. From the parser's events, as <see cref="ConfigurationYaml"/> does, to find all
/// problems at once. A value of the wrong type is an error; an unknown field, which may be of a newer version, is a warning.
/// </summary>
internal sealed partial class KubeProxyYaml
{
    private readonly string _file;
    private readonly Parser _parser;
    private readonly Dictionary<string, long> _lines = new(StringComparer.Ordinal);
    private readonly List<KubeProxyValue> _fields = [];
    private readonly List<Problem> _problems = [];

    private KubeProxyYaml(string file, string text)
    {
        _file = file;
        _parser = new Parser(new StringReader(text));
    }

    /// <summary>Whether a text is meant to be kube-proxy's configuration: its apiVersion or kind says so.</summary>
    public static bool Recognises(string text) => RootPattern().IsMatch(text);

    /// <summary>Reads a text; what is wrong with it is a problem, never an exception.</summary>
    /// <param name="file">The file's name as the user gave it.</param>
    /// <param name="text">Its content.</param>
    public static ConfigurationInput Read(string file, string text)
    {
        KubeProxyYaml reader = new(file, text);
        int nul = text.IndexOf('\0', StringComparison.Ordinal);
        if (nul >= 0)
        {
            // The parser would take it for the end of the file.
            reader.Report(text.AsSpan(0, nul).Count('\n') + 1, null, "not valid YAML: a NUL character");
            return new ConfigurationInput([], [.. reader._problems]);
        }

        try
        {
            reader.ReadStream();
            reader.CheckVersion();
        }
        catch (YamlException e)
        {
            reader.Report(e.Start.Line, null, $"not valid YAML: {e.Message.TrimEnd('.')}");
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or IndexOutOfRangeException or EndOfStreamException)
        {
            // The parser throws these for a few kinds of nonsense, with messages that mean nothing to a user.
            reader.Report(reader._parser.Current?.End.Line ?? 0, null, "not valid YAML near here");
        }

        ConfigurationInput mapped = KubeProxyMapping.Map(file, reader._fields);
        return mapped with { Problems = [.. reader._problems, .. mapped.Problems] };
    }

    private void ReadStream()
    {
        _parser.Consume<StreamStart>();
        _parser.Consume<DocumentStart>();
        ReadSection("");
        _parser.Consume<DocumentEnd>();
        if (_parser.TryConsume<DocumentStart>(out DocumentStart? second))
        {
            Report(second.Start.Line, null, "a second document; the configuration is one");
        }
    }

    private void CheckVersion()
    {
        foreach ((string field, string expected) in new[] { ("apiVersion", KubeProxyFields.ApiVersion), ("kind", KubeProxyFields.Kind) })
        {
            KubeProxyValue? written = _fields.Find(f => f.Field == field);
            if (written is null)
            {
                Report(1, field, $"is missing; allowed is {expected}");
            }
            else if (written.Text != expected)
            {
                Report(written.Line, field, $"'{Printable.Of(written.Text)}' is not allowed; allowed is {expected}");
            }
        }
    }

    private void ReadSection(string prefix)
    {
        if (!_parser.TryConsume<MappingStart>(out _))
        {
            Expect(prefix.TrimEnd('.'), "a mapping of fields to values");
            return;
        }

        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            if (_parser.TryConsume<Scalar>(out Scalar? name))
            {
                ReadField(prefix + name.Value, name.Start.Line);
            }
            else
            {
                Report(_parser.Current!.Start.Line, null, "a field is a plain word");
                _parser.SkipThisAndNestedEvents();
                _parser.SkipThisAndNestedEvents();
            }
        }
    }

    private void ReadField(string path, long line)
    {
        if (!_lines.TryAdd(path, line))
        {
            Report(line, path, $"given twice, first on line {_lines[path]}");
            _parser.SkipThisAndNestedEvents();
        }
        else if (!KubeProxyFields.All.TryGetValue(path, out KubeProxyFieldType type))
        {
            string? near = NearestName.Find(path, KubeProxyFields.All.Keys);
            string hint = near is null ? "" : $"; did you mean '{near}'?";
            _problems.Add(ConfigurationOrigin.InFile(_file, line).Problem(
                ProblemSeverity.Warning, Printable.Of(path), $"no field of {KubeProxyFields.Kind} v1alpha1{hint}"));
            _parser.SkipThisAndNestedEvents();
        }
        else if (!TryConsumeNull())
        {
            ReadValue(path, type, line);
        }
    }

    private void ReadValue(string path, KubeProxyFieldType type, long line)
    {
        switch (type)
        {
            case KubeProxyFieldType.Section:
                ReadSection(path + ".");
                break;
            case KubeProxyFieldType.TextList:
                ReadList(path, line);
                break;
            case KubeProxyFieldType.Anything:
                ReadAnything(path, line);
                break;
            default:
                if (ReadScalar(path, type) is { } text)
                {
                    _fields.Add(new KubeProxyValue(path, [text], line));
                }

                break;
        }
    }

    private void ReadList(string path, long line)
    {
        if (!_parser.TryConsume<SequenceStart>(out _))
        {
            Expect(path, "a list");
            return;
        }

        ImmutableArray<string>.Builder items = ImmutableArray.CreateBuilder<string>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            if (ReadScalar(path, KubeProxyFieldType.Text) is { } item)
            {
                items.Add(item);
            }
        }

        _fields.Add(new KubeProxyValue(path, items.ToImmutable(), line));
    }

    /// <summary>
    /// Only whether something is in it is of interest: a value that says something. A feature gate says something by being
    /// there: turning one off is no default.
    /// </summary>
    private void ReadAnything(string path, long line)
    {
        string text = "";
        bool isKey = false;
        Stack<bool> mappings = new();
        do
        {
            switch (_parser.Current)
            {
                case MappingStart or SequenceStart:
                    mappings.Push(_parser.Current is MappingStart);
                    isKey = mappings.Peek();
                    break;
                case MappingEnd or SequenceEnd:
                    mappings.Pop();
                    isKey = mappings.TryPeek(out bool inMapping) && inMapping;
                    break;
                case Scalar scalar:
                    bool says = path == KubeProxyFields.FeatureGates ? isKey : !isKey && !KubeProxyValue.IsZeroText(scalar.Value);
                    text = says ? scalar.Value : text;
                    isKey = !isKey && mappings.TryPeek(out bool mapping) && mapping;
                    break;
            }
        }
        while (_parser.MoveNext() && mappings.Count > 0);
        _fields.Add(new KubeProxyValue(path, [text], line));
    }

    private string? ReadScalar(string path, KubeProxyFieldType type)
    {
        if (_parser.Current is not Scalar scalar || !IsOf(type, scalar))
        {
            Expect(path, Describe(type));
            return null;
        }

        _parser.MoveNext();
        return scalar.Value;
    }

    private static bool IsOf(KubeProxyFieldType type, Scalar scalar)
    {
        bool plain = scalar.Style == ScalarStyle.Plain;
        bool isBoolean = plain && scalar.Value is "true" or "false" or "True" or "False" or "TRUE" or "FALSE";
        bool isNumber = plain && double.TryParse(scalar.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out _);
        return type switch
        {
            KubeProxyFieldType.Boolean => isBoolean,
            KubeProxyFieldType.Integer => plain && int.TryParse(scalar.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
            KubeProxyFieldType.Number => isNumber,
            KubeProxyFieldType.Duration => !isBoolean && !isNumber && DurationPattern().IsMatch(scalar.Value),
            _ => !isBoolean && !isNumber,
        };
    }

    private static string Describe(KubeProxyFieldType type) => type switch
    {
        KubeProxyFieldType.Boolean => "true or false",
        KubeProxyFieldType.Integer => "a whole number",
        KubeProxyFieldType.Number => "a number",
        KubeProxyFieldType.Duration => "a duration such as 30s or 1m30s",
        _ => "a string",
    };

    private void Expect(string path, string what)
    {
        string found = _parser.Current switch
        {
            MappingStart => "a mapping",
            SequenceStart => "a list",
            AnchorAlias => "an alias",
            Scalar { Value: "" } => "nothing",
            Scalar scalar => $"'{Printable.Of(scalar.Value.Length <= 60 ? scalar.Value : scalar.Value[..60] + "...")}'",
            _ => "the end",
        };
        Report(_parser.Current?.Start.Line ?? 0, path.Length == 0 ? null : path, $"{what} is expected here, not {found}");
        _parser.SkipThisAndNestedEvents();
    }

    /// <summary>Consumes what YAML's core schema reads as null; a field that is null is not set.</summary>
    private bool TryConsumeNull() =>
        _parser.Current is Scalar { Style: ScalarStyle.Plain, Value: "" or "~" or "null" or "Null" or "NULL" } && _parser.MoveNext();

    private void Report(long line, string? key, string message) => _problems.Add(ConfigurationOrigin.InFile(_file, line).Error(key, message));

    [GeneratedRegex("""^[{,\s]*"?(apiVersion"?\s*:\s*["']?kubeproxy\.config\.k8s\.io/|kind"?\s*:\s*["']?KubeProxyConfiguration\b)""",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex RootPattern();

    [GeneratedRegex(@"^[+-]?(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|ms|s|m|h))+$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex DurationPattern();
}
