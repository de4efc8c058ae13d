using System.Collections.Immutable;
using L4Proxy.ControlPlane.Settings;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.Options;

/// <summary>A key under <c>defaults</c>: the value of a Service setting where no annotation says otherwise.</summary>
internal sealed class ServiceSettingKey(ServiceSetting setting) : ConfigurationKey
{
    public ServiceSetting Setting => setting;

    public override string Allowed => setting.Allowed;

    public override ImmutableArray<string> Format(ProxyConfiguration configuration) => [setting.Format(configuration.Defaults)];

    public override ProxyConfiguration? Apply(ProxyConfiguration configuration, ImmutableArray<string> values, out string? refused)
    {
        ServiceOptions? defaults = setting.Apply(configuration.Defaults, values[0]);
        refused = defaults is null ? values[0] : null;
        return defaults is null ? null : configuration with { Defaults = defaults };
    }
}
