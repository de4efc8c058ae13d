using System.Collections.Immutable;

namespace L4Proxy.Options;

/// <summary>What was written for a key of the schema, not validated yet.</summary>
/// <param name="Key">The key.</param>
/// <param name="Values">One value, or any number for a list.</param>
/// <param name="Origin">Where it was written.</param>
internal sealed record ConfigurationValue(ConfigurationKey Key, ImmutableArray<string> Values, ConfigurationOrigin Origin);
