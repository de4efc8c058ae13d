using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace L4Proxy.Loadbench.Load.Steps;

/// <summary>Reads the file of a scenario; docs/load-testing.md describes it.</summary>
internal static class LoadFileReader
{
    private static readonly string[] s_keys = ["name", "targets", "steps", "thresholds"];

    private static readonly string[] s_stepKeys =
    [
        "name", "kind", "connections", "threads", "rate", "warmUp", "duration", "timeout",
        "path", "text", "file", "upload", "answer", "thresholds",
    ];

    private static readonly string[] s_requestKeys = ["path", "text", "file"];

    private static readonly string[] s_exchangeKeys = ["rate", "path", "text", "file", "upload", "answer"];

    private static readonly Dictionary<string, LoadKind> s_kinds = new(StringComparer.Ordinal)
    {
        ["exchange"] = LoadKind.Exchange,
        ["connect"] = LoadKind.ConnectExchange,
        ["hold"] = LoadKind.Hold,
    };

    /// <summary>Reads a scenario.</summary>
    /// <param name="file">The file's name as the user gave it.</param>
    /// <exception cref="LoadException">It cannot be read, or something in it is not allowed; nothing of it is used then.</exception>
    public static LoadFile Read(string file)
    {
        try
        {
            return Parse(file, File.ReadAllText(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LoadException($"{file}: cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Reads a scenario from its text.</summary>
    public static LoadFile Parse(string file, string text)
    {
        YamlFields fields = new(file, RootOf(file, text), s_keys);
        ImmutableArray<LoadThreshold> thresholds = ThresholdsOf(fields);
        ImmutableArray<LoadStep> steps = [.. fields.Items("steps").Select((node, i) => StepOf(file, node, i, thresholds))];
        return steps.IsEmpty
            ? throw fields.Error("steps", "a list of one step or more is expected here")
            : new LoadFile
            {
                Name = fields.Text("name") ?? Path.GetFileNameWithoutExtension(file),
                Targets = [.. fields.Texts("targets")],
                Steps = steps,
            };
    }

    private static YamlNode RootOf(string file, string text)
    {
        try
        {
            YamlStream stream = [];
            stream.Load(new StringReader(text));
            return stream.Documents.Count == 1
                ? stream.Documents[0].RootNode
                : throw new LoadException($"{file}: one YAML document is expected, not {stream.Documents.Count}");
        }
        catch (YamlException e)
        {
            throw new LoadException($"{file}:{e.Start.Line}: not valid YAML: {e.Message.TrimEnd('.')}", e);
        }
    }

    private static LoadStep StepOf(string file, YamlNode node, int index, ImmutableArray<LoadThreshold> common)
    {
        YamlFields fields = new(file, node, s_stepKeys);
        (double? rate, double? rampTo) = RateOf(fields);
        LoadKind kind = fields.Choice("kind", LoadKind.Exchange, s_kinds);
        ExchangePlan exchange = ExchangeOf(file, fields, kind);
        LoadPlan plan = new()
        {
            Kind = kind,
            Targets = [],
            Connections = (int)fields.Number("connections", usual: 1, least: 1, most: LoadLimits.MostConnections),
            Threads = (int)fields.Number("threads", usual: 1, least: 1, most: 256),
            Exchange = exchange,
            Rate = rate,
            RampTo = rampTo,
            WarmUp = fields.Time("warmUp", TimeSpan.Zero, TimeSpan.Zero),
            Duration = fields.Time("duration", TimeSpan.FromSeconds(10), LoadLimits.LeastDuration),
            Timeout = fields.Time("timeout", TimeSpan.FromSeconds(30), LoadLimits.LeastDuration),
        };
        string? path = kind == LoadKind.Hold || fields.Has("text") || fields.Has("file") ? null : fields.Text("path") ?? "/";
        return new LoadStep(
            fields.Text("name") ?? $"step {index + 1}", plan, path, exchange.Filler, [.. common, .. ThresholdsOf(fields)]);
    }

    private static ExchangePlan ExchangeOf(string file, YamlFields fields, LoadKind kind)
    {
        if (kind == LoadKind.Hold)
        {
            return Array.Find(s_exchangeKeys, fields.Has) is { } useless
                ? throw fields.Error(useless, "has no meaning with kind: hold, which sends nothing")
                : new ExchangePlan(default, 0, AnswerEnd.Line);
        }

        string[] given = [.. s_requestKeys.Where(fields.Has)];
        if (given.Length > 1)
        {
            throw fields.Error(given[1], $"a request is given by one of path, text and file, and there is {given[0]} already");
        }

        if (given is ["path"] && !(fields.Text("path") is { } path && LoadLimits.IsPath(path)))
        {
            throw fields.Error("path", LoadLimits.PathRule);
        }

        long upload = fields.Number("upload", usual: 0, least: 0, most: 1L << 40);
        bool isHttp = given.Length == 0 || given[0] == "path";
        (AnswerEnd end, long bytes) = AnswerOf(fields, isHttp);
        if (isHttp && end != AnswerEnd.Http)
        {
            throw fields.Error("answer", "to a request by its path is http; others need text or file");
        }

        if (end == AnswerEnd.Close && kind != LoadKind.ConnectExchange)
        {
            throw fields.Error("answer", "that ends with its connection needs kind: connect");
        }

        return new ExchangePlan(isHttp ? default : RequestOf(file, fields), upload, end, bytes);
    }

    private static byte[] RequestOf(string file, YamlFields fields)
    {
        if (fields.Text("text") is { } text)
        {
            return Encoding.UTF8.GetBytes(text);
        }

        string path = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file))!, fields.Text("file")!);
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw fields.Error("file", $"cannot be read: {e.Message}");
        }
    }

    private static (AnswerEnd End, long Bytes) AnswerOf(YamlFields fields, bool isHttp) => fields.Text("answer") switch
    {
        null => isHttp ? (AnswerEnd.Http, 0) : (AnswerEnd.Line, 0),
        "http" => (AnswerEnd.Http, 0),
        "line" => (AnswerEnd.Line, 0),
        "close" => (AnswerEnd.Close, 0),
        string text when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long bytes) && bytes > 0 =>
            (AnswerEnd.Bytes, bytes),
        string text => throw fields.Error("answer", $"'{text}' is not allowed; allowed is http, line, close or a number of bytes"),
    };

    private static (double? Rate, double? RampTo) RateOf(YamlFields fields)
    {
        if (fields.Text("rate") is not { } text)
        {
            return (null, null);
        }

        string[] ends = text.Split("..", 2);
        double[] rates = [.. ends.Select(e =>
            double.TryParse(e, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double rate) && LoadLimits.IsRate(rate)
                ? rate
                : throw fields.Error(
                    "rate", $"'{text}' is not allowed; allowed is {LoadLimits.RateRule}, or two for a ramp, such as 100..5000"))];
        return (rates[0], rates.Length == 2 ? rates[1] : null);
    }

    private static ImmutableArray<LoadThreshold> ThresholdsOf(YamlFields fields) =>
        [.. fields.Texts("thresholds").Select(text =>
            LoadThreshold.Parse(text) ?? throw fields.Error("thresholds", $"'{text}' is not allowed; allowed is {LoadThreshold.Grammar}"))];
}
