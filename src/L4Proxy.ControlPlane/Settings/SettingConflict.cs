namespace L4Proxy.ControlPlane.Settings;

/// <summary>A setting that has no effect, or another one than written, because of a second setting.</summary>
/// <param name="Setting">The setting to blame.</param>
/// <param name="Value">Its value.</param>
/// <param name="Relation">How it stands to the other: <c>is above</c>.</param>
/// <param name="Other">The setting that decides instead.</param>
/// <param name="OtherValue">The other's value.</param>
/// <param name="Effect">What happens, one clause, no full stop.</param>
/// <param name="Severity">Error where no client is served.</param>
public sealed record SettingConflict(
    ServiceSetting Setting,
    string Value,
    string Relation,
    ServiceSetting Other,
    string OtherValue,
    string Effect,
    ProblemSeverity Severity = ProblemSeverity.Warning)
{
    /// <summary>The message, with settings named as at the place where they were written.</summary>
    public string Describe(Func<ServiceSetting, string> nameOf)
    {
        ArgumentNullException.ThrowIfNull(nameOf);
        return $"{Value} {Relation} {nameOf(Other)} ({OtherValue}): {Effect}";
    }
}
