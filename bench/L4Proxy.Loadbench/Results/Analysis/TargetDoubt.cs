namespace L4Proxy.Loadbench.Results.Analysis;

/// <summary>Why a verdict may be chance; the first that is true.</summary>
internal enum TargetDoubt
{
    None,

    /// <summary>Fewer than <see cref="Target.FewestRounds"/> rounds.</summary>
    FewRounds,

    /// <summary>Operations failed in a round of one of the two.</summary>
    Errors,

    /// <summary>One of the two did not reach the rate that was asked for in a round.</summary>
    Saturated,

    /// <summary>The limit is between the quartiles.</summary>
    NotSettled,
}
