using System.Globalization;
using L4Proxy.ControlPlane;
using YamlDotNet.RepresentationModel;

namespace L4Proxy.Loadbench.Load.Steps;

/// <summary>The keys of one mapping in a YAML file. What is wrong is said in one line: file, line, key, what is allowed.</summary>
internal sealed class YamlFields
{
    private readonly string _file;
    private readonly YamlMappingNode _mapping;

    /// <param name="file">The file's name as the user gave it.</param>
    /// <param name="node">What has to be a mapping.</param>
    /// <param name="allowed">Its keys.</param>
    /// <exception cref="LoadException">It is none, or has other keys.</exception>
    public YamlFields(string file, YamlNode node, IReadOnlyList<string> allowed)
    {
        _file = file;
        _mapping = node as YamlMappingNode ?? throw Error(file, node, null, "a mapping of keys to values is expected here");
        foreach (YamlNode key in _mapping.Children.Keys)
        {
            if (key is not YamlScalarNode { Value: { } name } || !allowed.Contains(name, StringComparer.Ordinal))
            {
                throw Error(file, key, key.ToString(), $"is not a key here; allowed are {string.Join(", ", allowed)}");
            }
        }
    }

    public bool Has(string key) => Find(key) is not null;

    public string? Text(string key) => Find(key) switch
    {
        null => null,
        YamlScalarNode { Value: { } value } => value,
        YamlNode node => throw Error(_file, node, key, "one value is expected here"),
    };

    /// <summary>A number in a range, or what it is where the key is left out.</summary>
    public long Number(string key, long usual, long least, long most) => Text(key) switch
    {
        null => usual,
        string text when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value)
            && value >= least && value <= most => value,
        string text => throw Error(key, $"'{text}' is not allowed; allowed is {least} to {most}"),
    };

    public TimeSpan Time(string key, TimeSpan usual, TimeSpan least) => Text(key) switch
    {
        null => usual,
        string text when LoadLimits.TryParseTime(text, least, out TimeSpan value) => value,
        string text => throw Error(key, $"'{text}' is not allowed; allowed is {LoadLimits.TimeRule(least)}"),
    };

    public T Choice<T>(string key, T usual, IReadOnlyDictionary<string, T> choices) => Text(key) switch
    {
        null => usual,
        string text when choices.TryGetValue(text, out T? value) => value,
        string text => throw Error(key, $"'{text}' is not allowed; allowed is {string.Join(", ", choices.Keys)}"),
    };

    /// <summary>A list; a single value stands for a list of it.</summary>
    public IEnumerable<YamlNode> Items(string key) => Find(key) switch
    {
        null => [],
        YamlSequenceNode list => list,
        YamlNode node => [node],
    };

    /// <summary>A list of plain values.</summary>
    public IEnumerable<string> Texts(string key) => Items(key).Select(node =>
        node is YamlScalarNode { Value: { } text } ? text : throw Error(_file, node, key, "each item is one value"));

    public LoadException Error(string? key, string message) => Error(_file, key is null ? _mapping : Find(key) ?? _mapping, key, message);

    private static LoadException Error(string file, YamlNode at, string? key, string message) => new(new Problem
    {
        Severity = ProblemSeverity.Error,
        File = file,
        Line = (int)at.Start.Line,
        Key = key,
        Message = message,
    }.ToString());

    private YamlNode? Find(string key) => _mapping.Children.TryGetValue(new YamlScalarNode(key), out YamlNode? node) ? node : null;
}
