namespace L4Proxy.ControlPlane.Settings;

/// <summary>A setting that has no effect, or another one than written, because of another setting.</summary>
/// <param name="Setting">The setting to blame.</param>
/// <param name="Message">What happens instead, one line, no full stop.</param>
public sealed record SettingConflict(ServiceSetting Setting, string Message);
