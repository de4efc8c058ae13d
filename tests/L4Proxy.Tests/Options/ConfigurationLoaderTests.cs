using System.Collections;
using System.Collections.Immutable;
using System.Net;
using FsCheck;
using FsCheck.Fluent;
using L4Proxy.ControlPlane;
using L4Proxy.ControlPlane.Settings;
using L4Proxy.DataPlane.Engines;
using L4Proxy.DataPlane.Services;
using L4Proxy.Hosting;
using L4Proxy.Options;
using Microsoft.Extensions.Logging;
using Xunit;

namespace L4Proxy.Tests.Options;

public sealed class ConfigurationLoaderTests
{
    [Fact]
    public void Load_Nothing_IsTheDefault()
    {
        ConfigurationResult result = ConfigurationLoader.Load(null, new Hashtable(), []);
        Assert.Empty(result.Problems);
        Assert.Equal(ProxyConfiguration.Default, result.Configuration);
    }

    [Theory]
    [InlineData("l4-proxy.example_1", true)]
    [InlineData("a,b", false)]
    [InlineData("a=b", false)]
    [InlineData("-a", false)]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123", false)]
    public void Load_ServiceProxyName_MustBeALabelValue(string name, bool allowed)
    {
        ConfigurationResult result = ConfigurationLoader.Load(null, new Hashtable { ["L4PROXY__KUBERNETES__SERVICEPROXYNAME"] = name }, []);
        Assert.Equal(allowed ? name : "", result.Configuration.Kubernetes.ServiceProxyName);
        Assert.Equal(allowed, result.Problems.IsEmpty);
    }

    [Fact]
    public void Combine_EverySource_FlagGoesBeforeVariableBeforeFile()
    {
        ConfigurationInput file = ConfigurationYaml.Read("f.yaml", "engine: linux\nlog: {level: error, format: json}\nbacklog: 7");
        ConfigurationInput environment = ConfigurationEnvironment.Read(new Hashtable { ["L4PROXY__LOG__LEVEL"] = "debug", ["l4proxy__Backlog"] = "8" });
        ConfigurationInput flags = new([Flag(ConfigurationSchema.LogLevelKey, "trace")], []);

        ConfigurationResult result = ConfigurationLoader.Combine(file, environment, flags);

        Assert.Empty(result.Problems);
        Assert.Equal(EngineKind.Linux, result.Configuration.Engine);
        Assert.Equal(LogLevel.Trace, result.Configuration.Log.Level);
        Assert.Equal(LogFormat.Json, result.Configuration.Log.Format);
        Assert.Equal(8, result.Configuration.EngineOptions.Backlog);
    }

    [Fact]
    public void Combine_Lists_AreReplacedAsAWhole()
    {
        ConfigurationInput file = ConfigurationYaml.Read("f.yaml", "nodePortAddresses: [127.0.0.1, '::1']");
        ConfigurationInput environment = ConfigurationEnvironment.Read(new Hashtable { ["L4PROXY__NODEPORTADDRESSES"] = "127.0.0.2, 127.0.0.3" });

        ConfigurationResult result = ConfigurationLoader.Combine(file, environment);

        Assert.Equal(["127.0.0.2", "127.0.0.3"], result.Configuration.NodePortAddresses.Select(a => a.ToString()));
        ConfigurationInput cleared = ConfigurationEnvironment.Read(new Hashtable { ["L4PROXY__NODEPORTADDRESSES"] = "" });
        Assert.Empty(ConfigurationLoader.Combine(file, cleared).Configuration.NodePortAddresses);
    }

    [Fact]
    public void Combine_ManifestsInAFile_AreRelativeToIt()
    {
        ConfigurationInput file = ConfigurationYaml.Read("etc/f.yaml", "manifests: [web.yaml, /srv/all]");
        Assert.Equal(["etc/web.yaml", "/srv/all"], ConfigurationLoader.Combine(file).Configuration.Manifests);
        ConfigurationInput flags = new([Flag(ConfigurationSchema.Manifests, "web.yaml")], []);
        Assert.Equal(["web.yaml"], ConfigurationLoader.Combine(file, flags).Configuration.Manifests);
    }

    [Fact]
    public void Combine_ProblemsInEverySource_AreAllReported()
    {
        ConfigurationInput file = ConfigurationYaml.Read("f.yaml", "engine: uring\nbacklog: 0\ndefaults:\n  idleTimeout: 10");
        ConfigurationInput environment = ConfigurationEnvironment.Read(new Hashtable
        {
            ["L4PROXY__DRAINTIMEOUT"] = "1 minute",
            ["L4PROXY__LOG__LEVLE"] = "debug",
            ["L4PROXY__NOTHINGLIKEIT"] = "x",
            ["L4PROXY_DEBUG"] = "1",
            ["L4PROXY_SERVICE_HOST"] = "10.0.0.1",
        });
        ConfigurationInput flags = new([Flag(ConfigurationSchema.BindAddress, "localhost")], []);

        ConfigurationResult result = ConfigurationLoader.Combine(file, environment, flags);

        Assert.True(result.HasErrors);
        Assert.Equal(
            [
                "f.yaml:1: engine: 'uring' is not allowed; allowed is one of auto, linux, portable",
                "f.yaml:2: backlog: '0' is not allowed; allowed is an integer from 1 to 65535",
                "f.yaml:4: defaults.idleTimeout: '10' is not allowed; allowed is a duration from 1ms to 24d, or 0 (never)",
                "environment variable L4PROXY__LOG__LEVLE: there is no such key; did you mean L4PROXY__LOG__LEVEL?",
                "environment variable L4PROXY__NOTHINGLIKEIT: there is no such key",
                "environment variable L4PROXY__DRAINTIMEOUT: drainTimeout: '1 minute' is not allowed; allowed is a duration from 1ms to 24d, or 0 (reset at once)",
                "option --x: bindAddress: 'localhost' is not allowed; allowed is an IPv4 or IPv6 address such as 127.0.0.1, 0.0.0.0 or ::1",
            ],
            result.Problems.Select(p => p.ToString()));
    }

    [Fact]
    public void Read_VariableInTwoSpellings_IsAnError()
    {
        ConfigurationInput environment = ConfigurationEnvironment.Read(new Hashtable { ["L4PROXY__ENGINE"] = "linux", ["l4proxy__engine"] = "portable" });
        Problem problem = Assert.Single(environment.Problems);
        Assert.Equal("environment variable l4proxy__engine: engine: given twice, first by environment variable L4PROXY__ENGINE", problem.ToString());
    }

    [Fact]
    public void Combine_ContradictoryDefaults_AreWarningsAtTheirLine()
    {
        ConfigurationInput file = ConfigurationYaml.Read("f.yaml", "defaults:\n  connectTimeout: 50ms\n  ejectionTime: 10m");

        ConfigurationResult result = ConfigurationLoader.Combine(file);

        Assert.False(result.HasErrors);
        Assert.All(result.Problems, p => Assert.Equal(ProblemSeverity.Warning, p.Severity));
        Assert.Equal(
            [
                "f.yaml:2: defaults.hedgeDelay: 100ms is not below defaults.connectTimeout (50ms): no second endpoint is tried beside the first",
                "f.yaml:3: defaults.ejectionTime: 10m is above defaults.ejectionMaxTime (5m): the latter is used",
            ],
            result.Problems.Select(p => p.ToString()));
    }

    [Fact]
    public void Combine_LongOrUnprintableValue_IsQuotedInOneLine()
    {
        ConfigurationInput environment = ConfigurationEnvironment.Read(new Hashtable { ["L4PROXY__ENGINE"] = "a\nb\u001b[31m" + new string('x', 500) });
        string message = Assert.Single(ConfigurationLoader.Combine(environment).Problems).Message;
        Assert.DoesNotContain(message, char.IsControl);
        Assert.True(message.Length < 150, message);
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("fe80::1%1")]
    [InlineData("127.1.0.10")]
    public void BindAddress_Address_IsTaken(string text) => Assert.False(ConfigurationLoader.Combine(Env("BINDADDRESS", text)).HasErrors);

    [Theory]
    [InlineData("127.1")]
    [InlineData("1")]
    [InlineData("[::1]")]
    [InlineData("[::1]:80")]
    [InlineData("127.0.0.1:80")]
    [InlineData("")]
    [InlineData("localhost")]
    public void BindAddress_AnythingElse_IsRefused(string text) => Assert.True(ConfigurationLoader.Combine(Env("BINDADDRESS", text)).HasErrors);

    [Fact]
    public void Format_AnyConfiguration_ReadsBackFromItsDocument()
    {
        Gen<ServiceOptions> options =
            from balance in Gen.Elements(Enum.GetValues<BalanceMethod>())
            from idle in Gen.Choose(0, int.MaxValue / 2)
            from limit in Gen.Choose(0, 10_000_000)
            select ServiceOptions.Default with { Balance = balance, IdleTimeout = TimeSpan.FromMilliseconds(idle), MaxConnections = limit };
        Gen<ProxyConfiguration> configurations =
            from defaults in options
            from paths in Gen.Elements("a.yaml", "/srv/b", "c d.yaml", "#x, y", "\"q\"\\").ListOf()
            from engine in Gen.Elements(Enum.GetValues<EngineKind>())
            from loops in Gen.Choose(0, 1024)
            from level in Gen.Elements(Enum.GetValues<LogLevel>())
            from bind in Gen.Elements(BindSetting.Auto, new BindSetting(false, null), new BindSetting(false, IPEndPoint.Parse("[::]:1")))
            from networks in Gen.Elements(IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("fd00::/8"), IPNetwork.Parse("::/0")).ListOf()
            from context in Gen.Elements("", "admin@prod", "[x]: 'y'", "null", "a\\\"b")
            select new ProxyConfiguration
            {
                Defaults = defaults,
                Manifests = [.. paths],
                HealthzBindAddress = bind,
                ClusterCIDRs = [.. networks],
                Kubernetes = new KubernetesOptions { Context = context, Services = [("a", "b"), ("c-d", "e.f")] },
                Engine = engine,
                EngineOptions = new EngineOptions { Loops = loops },
                Log = new LogOptions { Level = level },
            };
        Prop.ForAll(configurations.ToArbitrary(), configuration =>
        {
            ConfigurationResult result = ConfigurationLoader.Combine(ConfigurationYaml.Read("f.yaml", ConfigurationDocument.Write(configuration)));
            return result.Problems.IsEmpty
                && ConfigurationSchema.Keys.All(k => k.Format(configuration).SequenceEqual(k.Format(result.Configuration)));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Load_FileThatIsNot_IsAProblem()
    {
        Assert.Equal("/nonexistent/x.yaml: no such file", Single("/nonexistent/x.yaml"));
        Assert.EndsWith("it is a folder", Single(Path.GetTempPath()), StringComparison.Ordinal);
        string binary = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(binary, [0xFF, 0xFE, 0xFA, 0x00]);
            Assert.NotEmpty(ConfigurationLoader.Load(binary, new Hashtable(), []).Problems);
            File.WriteAllBytes(binary, [(byte)'a', 0xC3, 0x28]);
            Assert.EndsWith("not a text in UTF-8", Single(binary), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(binary);
        }

        static string Single(string file) => Assert.Single(ConfigurationLoader.Load(file, new Hashtable(), []).Problems).ToString();
    }

    [Fact]
    public void Schema_EveryEnumValue_HasItsWord()
    {
        Assert.Equal(Enum.GetValues<EngineKind>(), ConfigurationSchema.Engines.Choices.Select(c => c.Value));
        Assert.Equal(Enum.GetValues<LogFormat>(), ConfigurationSchema.LogFormats.Choices.Select(c => c.Value));
        Assert.Equal(Enum.GetValues<LogLevel>(), ConfigurationSchema.LogLevels.Choices.Select(c => c.Value));
    }

    [Fact]
    public void Schema_EverySetting_IsADefault() =>
        Assert.Equal(ServiceSettings.All, ConfigurationSchema.Keys.OfType<ServiceSettingKey>().Select(k => k.Setting));

    private static ConfigurationInput Env(string key, string value) => ConfigurationEnvironment.Read(new Hashtable { ["L4PROXY__" + key] = value });

    private static ConfigurationValue Flag(string path, params ImmutableArray<string> values) =>
        new(ConfigurationSchema.Get(path), values, ConfigurationOrigin.Flag("--x"));
}
