namespace L4Proxy.DataPlane.Telemetry;

/// <summary>The two-letter codes of <see cref="CloseReason"/>.</summary>
public static class CloseReasons
{
    /// <summary>How many values <see cref="CloseReason"/> has.</summary>
    public const int Count = (int)CloseReason.Internal + 1;

    private static readonly string[] s_codes =
    [
        "", "--", "CC", "CD", "CL", "SC", "sC", "SD", "SL", "cD", "sD", "cL", "sL",
        "PC", "PR", "PN", "PH", "CH", "CR", "cH", "PD", "RC", "RQ", "DD", "KC", "KD", "ID",
    ];

    /// <summary>The code; empty for a connection that is still open.</summary>
    public static string Code(this CloseReason reason) => s_codes[(int)reason];
}
