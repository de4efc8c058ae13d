using L4Proxy.ControlPlane.Names;
using L4Proxy.ControlPlane.Translation;

namespace L4Proxy.ControlPlane.Manifests;

/// <summary>Reads manifests once, to show or check what would be served.</summary>
public static class StaticLoad
{
    /// <summary>Table and problems as a <see cref="ManifestSource"/> would give them first.</summary>
    /// <param name="options">What to read.</param>
    /// <param name="host">Which addresses this host has.</param>
    /// <param name="names">
    /// Resolves the names of Services of type ExternalName, which is waited for; null leaves them without endpoints.
    /// </param>
    /// <param name="cancellation">Ends the wait for names.</param>
    public static async Task<SourceSnapshot> LoadAsync(
        ManifestSourceOptions options, IHostAddresses host, ResolvedNames? names, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(options);
        ManifestSet set = new(options.Paths, TimeProvider.System);
        set.Refresh(readAll: true);

        // Without names to follow it knows IP literals only, and asks nobody.
        using ResolvedNames literals = ResolvedNames.FromSystem(TimeProvider.System);
        if (names is not null)
        {
            names.Follow(set.Objects.ExternalNames);
            await names.WaitTriedAsync(cancellation);
        }

        TranslationResult result = new ServiceTranslator(options.Translation, host, names ?? literals).Translate(set.Objects);
        return result.ToSnapshot() with { Problems = [.. set.Problems, .. result.Problems] };
    }
}
