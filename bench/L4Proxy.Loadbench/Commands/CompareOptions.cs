using System.Collections.Immutable;

namespace L4Proxy.Loadbench.Commands;

/// <summary>What <c>compare</c> is to do.</summary>
internal sealed record CompareOptions
{
    /// <summary>Scenarios that take long have one round.</summary>
    public bool Quick { get; init; }

    /// <summary>Names, or what several names begin with; all when empty.</summary>
    public ImmutableArray<string> Scenarios { get; init; } = [];

    /// <summary>Names; all when empty.</summary>
    public ImmutableArray<string> Proxies { get; init; } = [];

    /// <summary>The program l4proxy; null to build it from the checkout.</summary>
    public string? L4Proxy { get; init; }

    /// <summary>1 or more.</summary>
    public required int Rounds { get; init; }

    /// <summary>Time that counts in each measurement.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>How this program was called.</summary>
    public ImmutableArray<string> Arguments { get; init; } = [];
}
