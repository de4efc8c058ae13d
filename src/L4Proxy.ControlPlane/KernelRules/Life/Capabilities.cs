using System.Globalization;

namespace L4Proxy.ControlPlane.KernelRules.Life;

/// <summary>What the kernel lets this process do (capabilities(7)).</summary>
public static class Capabilities
{
    private const string StatusFile = "/proc/self/status";
    private const string EffectiveField = "CapEff:";

    /// <summary>CAP_NET_ADMIN's number in linux/capability.h.</summary>
    private const int NetAdmin = 12;

    /// <summary>Whether rules, routes and devices of this network namespace may be changed; false where nobody can tell.</summary>
    public static bool MayAdministerNetwork()
    {
        try
        {
            string? line = File.ReadLines(StatusFile).FirstOrDefault(l => l.StartsWith(EffectiveField, StringComparison.Ordinal));
            return line is not null
                && ulong.TryParse(line.AsSpan(EffectiveField.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong bits)
                && ((bits >> NetAdmin) & 1) != 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
