namespace L4Proxy.DataPlane.Engines;

/// <summary>How an engine divides the descriptors that the process may open.</summary>
/// <param name="MaxConnections">Connections at once while nothing listens; each takes two descriptors.</param>
/// <param name="MaxPipes">Pipes for splice(2) at once; each takes two descriptors.</param>
/// <param name="IsDerived">Whether the limit follows from the descriptors: then what listeners take is taken from it.</param>
internal readonly record struct ResourceBudget(int MaxConnections, int MaxPipes, bool IsDerived)
{
    public const int DescriptorsPerConnection = 2;

    /// <summary>Connections that are possible whatever else takes descriptors.</summary>
    public const int FewestConnections = 16;

    private const int DescriptorsPerPipe = 2;

    /// <summary>Descriptors for files, the admin endpoint, and what the runtime has yet to load.</summary>
    private const int ReservedDescriptors = 64;

    /// <summary>256 pipes of 256 KiB are 64 MiB of kernel memory; whoever gets none copies.</summary>
    private const int MostPipes = 256;

    /// <param name="options">What was asked for; it wins over what is derived.</param>
    /// <param name="freeDescriptors">See <see cref="ResourceLimits.FreeDescriptors"/>.</param>
    /// <param name="splices">Whether the engine uses pipes.</param>
    public static ResourceBudget For(EngineOptions options, long freeDescriptors, bool splices)
    {
        int pipes = splices ? (int)Math.Clamp(freeDescriptors / 64, 2, MostPipes) : 0;
        long free = freeDescriptors - ReservedDescriptors - (DescriptorsPerPipe * pipes);
        long derived = Math.Clamp(free / DescriptorsPerConnection, FewestConnections, int.MaxValue);
        bool isDerived = options.MaxConnections == 0;
        return new ResourceBudget(isDerived ? (int)derived : options.MaxConnections, pipes, isDerived);
    }
}
