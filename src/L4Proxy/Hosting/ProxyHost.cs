using L4Proxy.ControlPlane;

namespace L4Proxy.Hosting;

/// <summary>Runs a proxy from a source of tables until it is told to stop.</summary>
internal static class ProxyHost
{
    /// <summary>
    /// Serves what the source says. SIGTERM, SIGINT or <paramref name="stop"/> drain; a second signal ends at once;
    /// SIGHUP reloads the source. Disposes the source. Returns the exit code.
    /// </summary>
    public static Task<int> RunAsync(ITableSource source, HostSettings settings, CancellationToken stop) =>
        throw new NotSupportedException();
}
