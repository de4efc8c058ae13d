using System.Collections.Immutable;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Settings;

/// <summary>
/// Rules between settings. Each value is allowed on its own and the data plane copes with every combination, so a
/// conflict is a warning: something that was written has no effect. One that leaves nobody served is an error.
/// </summary>
public static class ServiceOptionsRules
{
    /// <summary>All conflicts in a set of options; the defaults have none.</summary>
    public static ImmutableArray<SettingConflict> Check(ServiceOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ImmutableArray<SettingConflict>.Builder conflicts = ImmutableArray.CreateBuilder<SettingConflict>();
        void Rule(bool broken, string setting, string relation, string other, string effect, ProblemSeverity severity = ProblemSeverity.Warning)
        {
            if (broken)
            {
                (ServiceSetting a, ServiceSetting b) = (ServiceSettings.FindByName(setting)!, ServiceSettings.FindByName(other)!);
                conflicts.Add(new SettingConflict(a, a.Format(options), relation, b, b.Format(options), effect, severity));
            }
        }

        Rule(options.Dial.HedgeDelay >= options.Dial.AttemptTimeout,
            "hedge-delay", "is not below", "connect-timeout", "no second endpoint is tried beside the first");
        Rule(options.Dial.AttemptTimeout > options.Dial.TotalTimeout,
            "connect-timeout", "is above", "connect-total-timeout", "the attempt ends with the total");
        Rule(options.Ejection.BaseTime > options.Ejection.MaxTime,
            "ejection-time", "is above", "ejection-max-time", "the latter is used");
        Rule(options.HealthCheck.Enabled && options.HealthCheck.Timeout > options.HealthCheck.Interval,
            "health-check-timeout", "is above", "health-check-interval", "a silent endpoint is checked less often than that");
        Rule(options.ProxyProtocol.Accept && options.ProxyProtocol.TrustedSources.IsEmpty,
            "accept-proxy-protocol", "needs", "proxy-protocol-sources", "nobody is trusted, so every client is reset", ProblemSeverity.Error);
        Rule(options.ProxyProtocol is { SendChecksum: true, Send: not ProxyProtocolVersion.V2 },
            "proxy-protocol-crc32c", "needs v2 as", "proxy-protocol", "no checksum is sent");
        return conflicts.ToImmutable();
    }
}
