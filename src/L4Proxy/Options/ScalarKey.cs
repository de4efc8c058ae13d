using System.Collections.Immutable;
using L4Proxy.ControlPlane.Settings;

namespace L4Proxy.Options;

/// <summary>A key with one value.</summary>
internal sealed class ScalarKey<T>(
    ValueFormat<T> format,
    Func<ProxyConfiguration, T> get,
    Func<ProxyConfiguration, T, ProxyConfiguration> set) : ConfigurationKey
{
    public override string Allowed => format.Allowed;

    public override ImmutableArray<string> Format(ProxyConfiguration configuration) => [format.Format(get(configuration))];

    public override ProxyConfiguration? Apply(ProxyConfiguration configuration, ImmutableArray<string> values, out string? refused)
    {
        bool allowed = format.TryParse(values[0], out T value);
        refused = allowed ? null : values[0];
        return allowed ? set(configuration, value) : null;
    }
}
