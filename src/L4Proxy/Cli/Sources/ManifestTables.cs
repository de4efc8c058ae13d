using L4Proxy.ControlPlane;
using L4Proxy.ControlPlane.Manifests;
using L4Proxy.ControlPlane.Names;
using L4Proxy.ControlPlane.Translation;
using L4Proxy.Options;

namespace L4Proxy.Cli.Sources;

/// <summary>Tables made from the manifests that a configuration names.</summary>
internal static class ManifestTables
{
    /// <summary>A source that follows the files.</summary>
    public static ITableSource Watch(ProxyConfiguration configuration)
    {
        SystemHostAddresses host = new(TimeProvider.System);
        ResolvedNames names = ResolvedNames.FromSystem(TimeProvider.System);
        return new OwningSource(new ManifestSource(ToOptions(configuration), host, names, TimeProvider.System), names, host);
    }

    /// <summary>Reads the files once.</summary>
    /// <param name="configuration">Names the files.</param>
    /// <param name="resolve">Whether names of Services of type ExternalName are resolved, which may take seconds.</param>
    /// <param name="cancellation">Ends the wait for names.</param>
    public static async Task<SourceSnapshot> ReadAsync(ProxyConfiguration configuration, bool resolve, CancellationToken cancellation)
    {
        using ResolvedNames names = ResolvedNames.FromSystem(TimeProvider.System);
        using SystemHostAddresses host = new(TimeProvider.System);
        return await StaticLoad.LoadAsync(ToOptions(configuration), host, resolve ? names : null, cancellation);
    }

    private static ManifestSourceOptions ToOptions(ProxyConfiguration configuration) =>
        new(configuration.Manifests, Translations.Of(configuration, ListenMode.OwnAddresses));
}
