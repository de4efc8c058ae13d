using System.Collections.Immutable;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Settings;

/// <summary>
/// Rules between settings. Each value is allowed on its own and the data plane copes with every combination, so a
/// conflict is a warning: something that was written has no effect.
/// </summary>
public static class ServiceOptionsRules
{
    /// <summary>All conflicts in a set of options.</summary>
    public static ImmutableArray<SettingConflict> Check(ServiceOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ImmutableArray<SettingConflict>.Builder conflicts = ImmutableArray.CreateBuilder<SettingConflict>();
        void Rule(bool broken, string setting, string message)
        {
            if (broken)
            {
                conflicts.Add(new SettingConflict(ServiceSettings.FindByName(setting)!, message));
            }
        }

        DialOptions dial = options.Dial;
        Rule(dial.HedgeDelay >= dial.AttemptTimeout, "hedge-delay",
            $"{Text(dial.HedgeDelay)} is not below connect-timeout ({Text(dial.AttemptTimeout)}): no second endpoint is tried beside the first");
        Rule(dial.AttemptTimeout > dial.TotalTimeout, "connect-timeout",
            $"{Text(dial.AttemptTimeout)} is above connect-total-timeout ({Text(dial.TotalTimeout)}), which ends an attempt first");
        Rule(options.Ejection.BaseTime > options.Ejection.MaxTime, "ejection-time",
            $"{Text(options.Ejection.BaseTime)} is above ejection-max-time ({Text(options.Ejection.MaxTime)}), which is used instead");
        Rule(options.HealthCheck.Enabled && options.HealthCheck.Timeout > options.HealthCheck.Interval, "health-check-timeout",
            $"{Text(options.HealthCheck.Timeout)} is above health-check-interval ({Text(options.HealthCheck.Interval)}): checks of a silent endpoint come later than the interval says");
        return conflicts.ToImmutable();
    }

    private static string Text(TimeSpan value) => Duration.Format(value);
}
