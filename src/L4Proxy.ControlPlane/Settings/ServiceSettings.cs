using System.Collections.Immutable;

namespace L4Proxy.ControlPlane.Settings;

/// <summary>All settings that a Service can carry. To add one: add its field to ServiceOptions, and its line here.</summary>
public static class ServiceSettings
{
    /// <summary>Prefix of the annotations.</summary>
    public const string AnnotationPrefix = "l4proxy.io/";

    public static ImmutableArray<ServiceSetting> All { get; } = [];
}
