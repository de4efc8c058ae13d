using System.Collections.Immutable;
using L4Proxy.ControlPlane.Settings;

namespace L4Proxy.Options;

/// <summary>A key with a list of values.</summary>
internal sealed class ListKey<T>(
    ValueFormat<T> format,
    Func<ProxyConfiguration, ImmutableArray<T>> get,
    Func<ProxyConfiguration, ImmutableArray<T>, ProxyConfiguration> set) : ConfigurationKey
{
    public override string Allowed => format.Allowed;

    public override bool IsList => true;

    public override bool IsPath => format is PathFormat;

    public override ImmutableArray<string> Format(ProxyConfiguration configuration) =>
        [.. get(configuration).Select(format.Format)];

    public override ProxyConfiguration? Apply(ProxyConfiguration configuration, ImmutableArray<string> values, out string? refused)
    {
        ImmutableArray<T>.Builder parsed = ImmutableArray.CreateBuilder<T>(values.Length);
        foreach (string text in values)
        {
            if (!format.TryParse(text, out T value))
            {
                refused = text;
                return null;
            }

            parsed.Add(value);
        }

        refused = null;
        return set(configuration, parsed.ToImmutable());
    }
}
