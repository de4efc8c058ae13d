using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Settings;

/// <summary>
/// One setting that a Service can carry: as key under <c>defaults:</c> in the configuration, and as annotation
/// <c>l4proxy.io/NAME</c> on a Service. One definition gives both, with the same validation.
/// </summary>
public sealed class ServiceSetting
{
    /// <summary>The annotation's name without its prefix, such as <c>idle-timeout</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The configuration key, such as <c>idleTimeout</c>.</summary>
    public required string Key { get; init; }

    /// <summary>One sentence for the documentation.</summary>
    public required string Description { get; init; }

    /// <summary>What values are allowed, as said in an error: <c>a duration from 0s to 24d</c>.</summary>
    public required string Allowed { get; init; }

    /// <summary>The value in a set of options, as it would be written.</summary>
    public required Func<ServiceOptions, string> Format { get; init; }

    /// <summary>The options with the value written into them; null when the text is not allowed.</summary>
    public required Func<ServiceOptions, string, ServiceOptions?> Apply { get; init; }
}
