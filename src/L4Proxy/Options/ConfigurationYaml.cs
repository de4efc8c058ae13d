using System.Collections.Immutable;
using L4Proxy.ControlPlane;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace L4Proxy.Options;

/// <summary>
/// Reads the YAML of a configuration from the parser's events: unlike the document model, which gives up at the
/// first duplicate key, this finds all problems at once, each with its line.
/// </summary>
internal sealed class ConfigurationYaml
{
    private readonly string _file;
    private readonly Parser _parser;
    private readonly Dictionary<string, long> _lines = new(StringComparer.Ordinal);
    private readonly ImmutableArray<ConfigurationValue>.Builder _values = ImmutableArray.CreateBuilder<ConfigurationValue>();
    private readonly ImmutableArray<Problem>.Builder _problems = ImmutableArray.CreateBuilder<Problem>();

    private ConfigurationYaml(string file, string text)
    {
        _file = file;
        _parser = new Parser(new StringReader(text));
    }

    /// <summary>Reads a text; what is wrong with it is a problem, never an exception.</summary>
    /// <param name="file">The file's name as the user gave it.</param>
    /// <param name="text">Its content.</param>
    public static ConfigurationInput Read(string file, string text)
    {
        ConfigurationYaml reader = new(file, text);
        int nul = text.IndexOf('\0', StringComparison.Ordinal);
        if (nul >= 0)
        {
            // The parser would take it for the end of the file.
            reader.Report(text.AsSpan(0, nul).Count('\n') + 1, null, "not valid YAML: a NUL character");
            return new ConfigurationInput([], reader._problems.ToImmutable());
        }

        try
        {
            reader.ReadStream();
        }
        catch (YamlException e)
        {
            reader.Report(e.Start, null, $"not valid YAML: {e.Message.TrimEnd('.')}");
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or IndexOutOfRangeException or EndOfStreamException)
        {
            // The parser throws these for a few kinds of nonsense, with messages that mean nothing to a user.
            reader.Report(reader._parser.Current?.End ?? Mark.Empty, null, "not valid YAML near here");
        }

        return new ConfigurationInput(reader._values.ToImmutable(), reader._problems.ToImmutable());
    }

    private void ReadStream()
    {
        _parser.Consume<StreamStart>();
        if (!_parser.TryConsume<DocumentStart>(out _))
        {
            return;
        }

        ReadMapping("");
        _parser.Consume<DocumentEnd>();
        if (_parser.TryConsume<DocumentStart>(out DocumentStart? second))
        {
            Report(second.Start, null, "a second document; the configuration is one");
        }
    }

    private void ReadMapping(string section)
    {
        if (_parser.TryConsume<MappingStart>(out _))
        {
            while (!_parser.TryConsume<MappingEnd>(out _))
            {
                ReadEntry(section);
            }
        }
        else if (!TryConsumeNull())
        {
            Report(_parser.Current!.Start, NullIfEmpty(section), "a mapping of keys to values is expected here");
            _parser.SkipThisAndNestedEvents();
        }
    }

    private void ReadEntry(string section)
    {
        if (!_parser.TryConsume<Scalar>(out Scalar? name))
        {
            Report(_parser.Current!.Start, NullIfEmpty(section), "a key is a plain word");
            _parser.SkipThisAndNestedEvents();
            _parser.SkipThisAndNestedEvents();
            return;
        }

        string path = section.Length == 0 ? name.Value : $"{section}.{name.Value}";
        if (!_lines.TryAdd(path, name.Start.Line))
        {
            Report(name.Start, path, $"given twice, first on line {_lines[path]}");
            _parser.SkipThisAndNestedEvents();
        }
        else if (section.Length == 0 && ConfigurationSchema.IsSection(name.Value))
        {
            ReadMapping(name.Value);
        }
        else if (ConfigurationSchema.Find(section, name.Value) is { } key)
        {
            ReadValue(key, name.Start);
        }
        else
        {
            Report(name.Start, path, UnknownKey.Describe(section, name.Value));
            _parser.SkipThisAndNestedEvents();
        }
    }

    private void ReadValue(ConfigurationKey key, Mark at)
    {
        if (key.IsList)
        {
            ReadList(key, at);
        }
        else if (TryConsumeNull())
        {
            Report(at, key.Path, $"has no value; allowed is {key.Allowed}");
        }
        else if (_parser.TryConsume<Scalar>(out Scalar? scalar))
        {
            Add(key, at, [scalar.Value]);
        }
        else
        {
            Report(_parser.Current!.Start, key.Path, $"one value is expected here, not {Kind()}; allowed is {key.Allowed}");
            _parser.SkipThisAndNestedEvents();
        }
    }

    private void ReadList(ConfigurationKey key, Mark at)
    {
        // A key whose items are all commented out stands for its default.
        if (TryConsumeNull())
        {
            return;
        }

        if (!_parser.TryConsume<SequenceStart>(out _))
        {
            Report(_parser.Current!.Start, key.Path, $"a list is expected here, not {Kind()}; each item is {key.Allowed}");
            _parser.SkipThisAndNestedEvents();
            return;
        }

        ImmutableArray<string>.Builder items = ImmutableArray.CreateBuilder<string>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            if (_parser.TryConsume<Scalar>(out Scalar? item))
            {
                items.Add(item.Value);
            }
            else
            {
                Report(_parser.Current!.Start, key.Path, $"one value is expected here, not {Kind()}; each item is {key.Allowed}");
                _parser.SkipThisAndNestedEvents();
            }
        }

        Add(key, at, items.ToImmutable());
    }

    /// <summary>Consumes what YAML's core schema reads as null: nothing, <c>~</c> or <c>null</c>, not quoted.</summary>
    private bool TryConsumeNull() =>
        _parser.Current is Scalar { Style: ScalarStyle.Plain, Value: "" or "~" or "null" or "Null" or "NULL" } && _parser.MoveNext();

    private string Kind() => _parser.Current switch
    {
        MappingStart => "a mapping",
        SequenceStart => "a list",
        AnchorAlias => "an alias",
        _ => "a single value",
    };

    private void Add(ConfigurationKey key, Mark at, ImmutableArray<string> values) =>
        _values.Add(new ConfigurationValue(key, values, ConfigurationOrigin.InFile(_file, at.Line)));

    private void Report(Mark at, string? key, string message) => Report(at.Line, key, message);

    private void Report(long line, string? key, string message) =>
        _problems.Add(ConfigurationOrigin.InFile(_file, line).Error(key, message));

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
