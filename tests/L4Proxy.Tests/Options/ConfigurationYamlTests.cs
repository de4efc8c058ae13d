using FsCheck;
using FsCheck.Fluent;
using L4Proxy.Options;
using Xunit;

namespace L4Proxy.Tests.Options;

public sealed class ConfigurationYamlTests
{
    [Theory]
    [InlineData("")]
    [InlineData("# only a comment\n")]
    [InlineData("---\n")]
    [InlineData("~")]
    [InlineData("{}")]
    [InlineData("log:\ndefaults:\n  # idleTimeout: 1h\n")]
    [InlineData("manifests:\n  # - web.yaml\n")]
    public void Read_NothingWritten_IsTheDefault(string yaml)
    {
        ConfigurationInput input = ConfigurationYaml.Read("f.yaml", yaml);
        Assert.Empty(input.Problems);
        Assert.Empty(input.Values);
    }

    [Theory]
    [InlineData("lgo:\n  level: info", "f.yaml:1: lgo: unknown key; did you mean 'log'?")]
    [InlineData("log:\n  levle: info", "f.yaml:2: log.levle: unknown key; did you mean 'level'?")]
    [InlineData("defaults:\n  idle-timeout: 5m", "f.yaml:2: defaults.idle-timeout: unknown key; did you mean 'idleTimeout'?")]
    [InlineData("idleTimeout: 5m", "f.yaml:1: idleTimeout: unknown key; 'idleTimeout' belongs in the section 'defaults'")]
    [InlineData("log.level: info", "f.yaml:1: log.level: unknown key; 'level' belongs in the section 'log'")]
    [InlineData("linux:\n  engine: auto", "f.yaml:2: linux.engine: unknown key; 'engine' belongs at the top, outside any section")]
    [InlineData("linux:\n  uring: true", "f.yaml:2: linux.uring: unknown key; allowed here: loops, splice")]
    [InlineData("engine: linux\n\nengine: linux", "f.yaml:3: engine: given twice, first on line 1")]
    [InlineData("log:\n  level: info\nlog: {access: true}", "f.yaml:3: log: given twice, first on line 1")]
    [InlineData("engine:", "f.yaml:1: engine: has no value; allowed is one of auto, linux, portable")]
    [InlineData("engine: [linux]", "f.yaml:1: engine: one value is expected here, not a list; allowed is one of auto, linux, portable")]
    [InlineData("manifests: web.yaml", "f.yaml:1: manifests: a list is expected here, not a single value; each item is the path of a file or folder")]
    [InlineData("manifests:\n- {a: b}", "f.yaml:2: manifests: one value is expected here, not a mapping; each item is the path of a file or folder")]
    [InlineData("log: text", "f.yaml:1: log: a mapping of keys to values is expected here")]
    [InlineData("- engine", "f.yaml:1: a mapping of keys to values is expected here")]
    [InlineData("? [a, b]\n: c", "f.yaml:1: a key is a plain word")]
    [InlineData("a: &x 1\nengine: *x", "f.yaml:1: a: unknown key", "f.yaml:2: engine: one value is expected here, not an alias")]
    [InlineData("engine: linux\n---\nengine: linux", "f.yaml:2: a second document; the configuration is one")]
    [InlineData("engine: linux\nlog:\n  level: \"info", "f.yaml:3: not valid YAML: ")]
    [InlineData("engine: linux\n\tlog: x", "f.yaml:1: not valid YAML: ")]
    public void Read_Mistake_IsNamedWithItsLine(string yaml, params string[] problems)
    {
        ConfigurationInput input = ConfigurationYaml.Read("f.yaml", yaml);
        Assert.Equal(problems.Length, input.Problems.Length);
        Assert.All(input.Problems.Zip(problems), pair => Assert.StartsWith(pair.Second, pair.First.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public void Read_ManyMistakes_AreAllReported()
    {
        const string Yaml = """
            engnie: linux
            log:
              level: info
              level: debug
            drainTimeout: []
            limits: 5
            """;
        Assert.Equal([1, 4, 5, 6], ConfigurationYaml.Read("f.yaml", Yaml).Problems.Select(p => p.Line));
    }

    [Fact]
    public void Read_DocumentedFileMutated_NeverThrows()
    {
        string document = ConfigurationDocument.Write(ProxyConfiguration.Default);
        string[] lines = [.. document.Split('\n').Where(l => !l.TrimStart().StartsWith('#'))];
        Gen<string> mutated =
            from take in Gen.SubListOf(lines)
            from noise in Gen.Elements("", ":", "- ", "{", "}", "[", "]", "\"", "'", "&a", "*a", "|", ">", "?", "%", "@", "\t", "\0", "!!", "<<: ", "---", "é\u0085", "\uFEFF").ListOf()
            from at in Gen.Choose(0, 400)
            let text = string.Join('\n', take)
            let cut = Math.Min(at, text.Length)
            select text[..cut] + string.Concat(noise) + text[cut..];
        Prop.ForAll(mutated.ToArbitrary(), text =>
        {
            ConfigurationResult result = ConfigurationLoader.Combine(ConfigurationYaml.Read("f.yaml", text));
            return result.Problems.All(p => p.Message.Length > 0 && !p.ToString().Contains('\n', StringComparison.Ordinal));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }
}
