namespace L4Proxy.ClusterBench;

/// <summary>Size and length of a run.</summary>
internal sealed record BenchOptions
{
    public required int Services { get; init; }

    /// <summary>Endpoints of each Service, in one EndpointSlice.</summary>
    public required int Endpoints { get; init; }

    /// <summary>Single changes measured when nothing else happens.</summary>
    public required int Changes { get; init; }

    /// <summary>Changes a second in the storm.</summary>
    public required int Rate { get; init; }

    /// <summary>Length of the storm in seconds.</summary>
    public required int Seconds { get; init; }

    public required string Engine { get; init; }
}
