namespace L4Proxy.DataPlane.Engines;

/// <summary>How an engine divides the descriptors that the process may open.</summary>
/// <param name="MaxConnections">Connections at once; each takes two descriptors.</param>
/// <param name="MaxPipes">Pipes for splice(2) at once; each takes two descriptors.</param>
internal readonly record struct ResourceBudget(int MaxConnections, int MaxPipes)
{
    private const int DescriptorsPerConnection = 2;

    private const int DescriptorsPerPipe = 2;

    /// <summary>Descriptors for listeners, the runtime, logs, files and the admin endpoint.</summary>
    private const int ReservedDescriptors = 64;

    private const int FewestConnections = 16;

    /// <summary>256 pipes of 256 KiB are 64 MiB of kernel memory; whoever gets none copies.</summary>
    private const int MostPipes = 256;

    /// <param name="options">What was asked for; it wins over what is derived.</param>
    /// <param name="openFiles">RLIMIT_NOFILE.</param>
    /// <param name="splices">Whether the engine uses pipes.</param>
    public static ResourceBudget For(EngineOptions options, long openFiles, bool splices)
    {
        int pipes = splices ? (int)Math.Clamp(openFiles / 64, 2, MostPipes) : 0;
        long free = openFiles - ReservedDescriptors - (DescriptorsPerPipe * pipes);
        long derived = Math.Clamp(free / DescriptorsPerConnection, FewestConnections, int.MaxValue);
        return new ResourceBudget(options.MaxConnections > 0 ? options.MaxConnections : (int)derived, pipes);
    }
}
