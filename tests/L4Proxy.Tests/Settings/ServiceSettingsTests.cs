using System.Reflection;
using FsCheck;
using FsCheck.Fluent;
using L4Proxy.ControlPlane;
using L4Proxy.ControlPlane.Settings;
using L4Proxy.DataPlane.Services;
using Xunit;

namespace L4Proxy.Tests.Settings;

public sealed class ServiceSettingsTests
{
    [Fact]
    public void All_Names_AreKebabCaseAndUniqueAndMatchTheirKeys()
    {
        Assert.All(ServiceSettings.All, s => Assert.Matches("^[a-z]+(-[a-z0-9]+)*$", s.Name));
        Assert.All(ServiceSettings.All, s => Assert.Equal(s.Name.Replace("-", "", StringComparison.Ordinal), s.Key.ToLowerInvariant()));
        Assert.Equal(ServiceSettings.All.Length, ServiceSettings.All.Select(s => s.Name).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal("idleTimeout", ServiceSettings.FindByName("idle-timeout")?.Key);
        Assert.Null(ServiceSettings.FindByName("idleTimeout"));
    }

    [Fact]
    public void All_Defaults_FormatAndApplyBack() =>
        Assert.All(ServiceSettings.All, s => Assert.Equal(ServiceOptions.Default, s.Apply(ServiceOptions.Default, s.Format(ServiceOptions.Default))));

    [Theory]
    [InlineData("balance", "least-connections")]
    [InlineData("balance", "ROUND-ROBIN")]
    [InlineData("idle-timeout", "0")]
    [InlineData("idle-timeout", "24d")]
    [InlineData("hedge-delay", "0")]
    [InlineData("connect-attempts", "16")]
    [InlineData("max-connections", "10000000")]
    [InlineData("health-check", "tcp")]
    [InlineData("tcp-nodelay", "False")]
    [InlineData("keepalive", "9h6m7s")]
    [InlineData("on-endpoint-leave", "grace")]
    [InlineData("source-address", "auto")]
    [InlineData("source-address", "127.0.0.5")]
    [InlineData("proxy-protocol", "V2")]
    [InlineData("proxy-protocol-sources", "none")]
    [InlineData("proxy-protocol-sources", "10.0.0.0/8, 2001:db8::/32")]
    [InlineData("proxy-protocol-timeout", "3s")]
    public void Apply_AllowedValue_IsTaken(string name, string text) => Assert.NotNull(Apply(name, text));

    [Theory]
    [InlineData("balance", "roundrobin")]
    [InlineData("balance", "")]
    [InlineData("idle-timeout", "24d1ms")]
    [InlineData("idle-timeout", "10")]
    [InlineData("connect-timeout", "0")]
    [InlineData("connect-attempts", "0")]
    [InlineData("connect-attempts", "17")]
    [InlineData("connect-attempts", "-1")]
    [InlineData("connect-attempts", " 1")]
    [InlineData("max-connections", "1e3")]
    [InlineData("max-connections", "99999999999")]
    [InlineData("health-check-interval", "99ms")]
    [InlineData("health-check", "http")]
    [InlineData("tcp-nodelay", "yes")]
    [InlineData("keepalive", "500ms")]
    [InlineData("keepalive-interval", "0")]
    [InlineData("source-address", "127.5")]
    [InlineData("source-address", "localhost")]
    [InlineData("proxy-protocol", "v3")]
    [InlineData("proxy-protocol", "true")]
    [InlineData("accept-proxy-protocol", "v1")]
    [InlineData("proxy-protocol-sources", "")]
    [InlineData("proxy-protocol-sources", "all")]
    [InlineData("proxy-protocol-sources", "10.0.0.1")]
    [InlineData("proxy-protocol-sources", "10.0.0.0/8,")]
    [InlineData("proxy-protocol-sources", "10.0.0.0/8,none")]
    [InlineData("proxy-protocol-timeout", "0")]
    public void Apply_ValueNotAllowed_IsRefused(string name, string text) => Assert.Null(Apply(name, text));

    [Fact]
    public void All_EveryEnumValue_HasItsWord()
    {
        Assert.Equal(Enum.GetValues<BalanceMethod>(), ValueFormats.Balance.Choices.Select(c => c.Value));
        Assert.Equal(Enum.GetValues<IpvsScheduler>(), ValueFormats.IpvsScheduler.Choices.Select(c => c.Value));
        Assert.Equal(Enum.GetValues<AffinityKind>(), ValueFormats.Affinity.Choices.Select(c => c.Value));
        Assert.Equal(Enum.GetValues<ProxyProtocolVersion>(), ValueFormats.ProxyProtocol.Choices.Select(c => c.Value));
        Assert.Equal(Enum.GetValues<OverflowAction>(), ValueFormats.Overflow.Choices.Select(c => c.Value));
        Assert.Equal(Enum.GetValues<EndpointLeaveAction>(), ValueFormats.EndpointLeave.Choices.Select(c => c.Value));
    }

    /// <summary>A field of the options that no setting reaches cannot be configured: that is an oversight.</summary>
    [Fact]
    public void All_EveryOption_HasItsSetting()
    {
        // Kind and Timeout of the affinity come from the Service's own specification.
        string[] elsewhere = ["Affinity.Kind", "Affinity.Timeout"];
        HashSet<string> fields = [.. Leaves(typeof(ServiceOptions), "").Except(elsewhere, StringComparer.Ordinal)];
        HashSet<string> reached = [.. ServiceSettings.All.SelectMany(s => Changed(s))];
        Assert.Equal(fields.Order(StringComparer.Ordinal), reached.Order(StringComparer.Ordinal));
        Assert.All(ServiceSettings.All, s => Assert.Single(Changed(s).Distinct(StringComparer.Ordinal)));
    }

    [Fact]
    public void FormatAndApply_AnyValues_RoundTrip()
    {
        Gen<(ServiceSetting Setting, string Text)> written =
            from setting in Gen.Elements(ServiceSettings.All.AsEnumerable())
            from text in Gen.Elements(Candidates(setting).AsEnumerable())
            select (setting, text);
        Prop.ForAll(written.ListOf().ToArbitrary(), list =>
        {
            ServiceOptions options = ServiceOptions.Default;
            foreach ((ServiceSetting setting, string text) in list)
            {
                options = setting.Apply(options, text) ?? options;
            }

            return options == ServiceSettings.All.Aggregate(
                options with { }, (sum, s) => s.Apply(sum, s.Format(options)) ?? throw new InvalidOperationException(s.Name));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Check_Defaults_HaveNoConflict() => Assert.Empty(ServiceOptionsRules.Check(ServiceOptions.Default));

    [Theory]
    [InlineData("hedge-delay", "hedge-delay=1s")]
    [InlineData("connect-timeout", "connect-timeout=6s", "hedge-delay=0")]
    [InlineData("ejection-time", "ejection-time=10m")]
    [InlineData("health-check-timeout", "health-check=tcp", "health-check-timeout=3s")]
    [InlineData("accept-proxy-protocol", "accept-proxy-protocol=true")]
    [InlineData("proxy-protocol-crc32c", "proxy-protocol=v1", "proxy-protocol-crc32c=true")]
    public void Check_Contradiction_NamesTheSetting(string blamed, params string[] values)
    {
        ServiceOptions options = values.Select(v => v.Split('=')).Aggregate(ServiceOptions.Default, (o, v) => Apply(o, v[0], v[1])!);
        SettingConflict conflict = Assert.Single(ServiceOptionsRules.Check(options));
        Assert.Equal(blamed, conflict.Setting.Name);
    }

    [Fact]
    public void Check_HeadersRequiredAndNobodyTrusted_IsAnErrorWhoeverSaysSo()
    {
        ServiceOptions options = Apply("accept-proxy-protocol", "true")!;
        SettingConflict conflict = Assert.Single(ServiceOptionsRules.Check(options));
        Assert.Equal(ProblemSeverity.Error, conflict.Severity);
        Assert.Equal("true needs proxy-protocol-sources (none): nobody is trusted, so every client is reset", conflict.Describe(s => s.Name));
        Assert.Empty(ServiceOptionsRules.Check(Apply(options, "proxy-protocol-sources", "0.0.0.0/0")!));
    }

    private static ServiceOptions? Apply(string name, string text) => Apply(ServiceOptions.Default, name, text);

    private static ServiceOptions? Apply(ServiceOptions options, string name, string text) =>
        ServiceSettings.FindByName(name)!.Apply(options, text);

    private static IEnumerable<string> Candidates(ServiceSetting setting) =>
        new[] { "0", "1", "2", "15", "1000", "1ms", "10s", "1h30m", "true", "false", "off", "tcp", "::1" }
            .Concat(setting.Allowed.Split(' ', ',').Where(word => word.Length > 0))
            .Where(text => setting.Apply(ServiceOptions.Default, text) is not null);

    private static IEnumerable<string> Changed(ServiceSetting setting) =>
        Candidates(setting).SelectMany(text => Difference(ServiceOptions.Default, setting.Apply(ServiceOptions.Default, text)!, ""));

    private static IEnumerable<PropertyInfo> Properties(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite);

    private static bool IsGroup(PropertyInfo property) => property.PropertyType.Name.EndsWith("Options", StringComparison.Ordinal);

    private static IEnumerable<string> Leaves(Type type, string prefix) =>
        Properties(type).SelectMany(p => IsGroup(p) ? Leaves(p.PropertyType, $"{prefix}{p.Name}.") : [prefix + p.Name]);

    private static IEnumerable<string> Difference(object a, object b, string prefix) =>
        Properties(a.GetType()).SelectMany(p => IsGroup(p)
            ? Difference(p.GetValue(a)!, p.GetValue(b)!, $"{prefix}{p.Name}.")
            : Equals(p.GetValue(a), p.GetValue(b)) ? [] : [prefix + p.Name]);
}
