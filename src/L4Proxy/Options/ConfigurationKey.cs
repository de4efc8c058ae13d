using System.Collections.Immutable;

namespace L4Proxy.Options;

/// <summary>One key of the configuration: its place, its documentation, and how its values become typed.</summary>
internal abstract class ConfigurationKey
{
    /// <summary>The section's key, such as <c>log</c>; empty for a key at the top.</summary>
    public required string Section { get; init; }

    /// <summary>The key in its section, such as <c>level</c>.</summary>
    public required string Name { get; init; }

    /// <summary>One sentence for the documentation.</summary>
    public required string Description { get; init; }

    /// <summary>What one value may be, as said in an error.</summary>
    public abstract string Allowed { get; }

    /// <summary>Whether the key takes any number of values.</summary>
    public virtual bool IsList => false;

    /// <summary>Whether values are paths: those in a file are relative to its folder.</summary>
    public virtual bool IsPath => false;

    /// <summary><c>section.name</c>.</summary>
    public string Path => Section.Length == 0 ? Name : $"{Section}.{Name}";

    /// <summary>The values in a configuration, as they would be written.</summary>
    public abstract ImmutableArray<string> Format(ProxyConfiguration configuration);

    /// <summary>
    /// The configuration with these values written into it; null, with the first value that is not allowed, when
    /// there is one. A key that is no list gets exactly one value.
    /// </summary>
    public abstract ProxyConfiguration? Apply(ProxyConfiguration configuration, ImmutableArray<string> values, out string? refused);
}
