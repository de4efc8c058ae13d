namespace L4Proxy.Loadbench.Results;

/// <summary>Units of bytes: of 10^9 for what is moved, as networks are measured, and of 2^20 for memory.</summary>
internal static class ByteUnits
{
    public const double Gigabyte = 1e9;

    private const double Mebibyte = 1 << 20;

    public static double Mebibytes(long bytes) => bytes / Mebibyte;
}
