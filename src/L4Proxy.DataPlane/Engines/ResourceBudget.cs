namespace L4Proxy.DataPlane.Engines;

/// <summary>How an engine divides the descriptors that the process may open.</summary>
/// <param name="MaxConnections">Connections at once; each takes two descriptors.</param>
/// <param name="MaxPipes">Pipes for splice(2); each takes two descriptors.</param>
internal readonly record struct ResourceBudget(int MaxConnections, int MaxPipes)
{
    /// <summary>Descriptors for everything else: the runtime's own, files, DNS, listeners of a small table.</summary>
    private const int Reserve = 64;

    /// <summary>Beyond this many pipes at once a loop copies; 256 pipes of 256 KiB are 64 MiB of kernel memory.</summary>
    private const int MostPipes = 256;

    /// <param name="options">What was asked for; it wins over what is derived.</param>
    /// <param name="openFiles">RLIMIT_NOFILE.</param>
    public static ResourceBudget For(EngineOptions options, long openFiles)
    {
        int pipes = (int)Math.Clamp(openFiles / 64, 2, MostPipes);
        long derived = Math.Clamp((openFiles - Reserve - (2L * pipes)) / 2, 16, 10_000_000);
        return new ResourceBudget(options.MaxConnections > 0 ? options.MaxConnections : (int)derived, pipes);
    }
}
