using System.Net.Sockets;
using L4Proxy.ControlPlane.KernelRules.Tools;

namespace L4Proxy.ControlPlane.KernelRules.Iptables;

/// <summary>
/// Which variant others on this host use. Image and host often differ in what they call iptables, and rules in the wrong one are rules that
/// others do not see; the iptables-wrappers of kube-proxy's image decide by the same signs.
/// </summary>
internal static class VariantChoice
{
    /// <summary>Chains that the kubelet makes for others to see which variant it uses.</summary>
    private static readonly string[] s_hints = [":KUBE-IPTABLES-HINT ", ":KUBE-KUBELET-CANARY "];

    /// <summary>
    /// The host's own, unless the other one alone has a hint of the kubelet's, or has more rules than the host's own while neither or both have
    /// the hint.
    /// </summary>
    public static async Task<IptablesVariant> ChooseAsync(IHostTools tools, CancellationToken cancellation)
    {
        IptablesTool host = new(tools, AddressFamily.InterNetwork, IptablesVariant.Host);
        if (!host.Exists)
        {
            return tools.Exists("iptables-nft-restore") ? IptablesVariant.Nft
                : tools.Exists("iptables-legacy-restore") ? IptablesVariant.Legacy
                : IptablesVariant.Host;
        }

        IptablesVariant otherVariant = await host.IsNftAsync(cancellation) ? IptablesVariant.Legacy : IptablesVariant.Nft;
        IptablesTool other = new(tools, AddressFamily.InterNetwork, otherVariant);
        if (!other.Exists || await TryReadAsync(other, cancellation) is not { } others || (!HasHint(others) && Rules(others) == 0))
        {
            return IptablesVariant.Host;
        }

        string own = await TryReadAsync(host, cancellation) ?? "";
        bool isOther = HasHint(others) == HasHint(own) ? Rules(others) > Rules(own) : HasHint(others);
        return isOther ? otherVariant : IptablesVariant.Host;
    }

    /// <summary>A listing; null when there is none to be had, as without the kernel's half.</summary>
    private static async Task<string?> TryReadAsync(IptablesTool tool, CancellationToken cancellation)
    {
        try
        {
            return await tool.SaveAsync(cancellation);
        }
        catch (RulesException)
        {
            return null;
        }
    }

    private static bool HasHint(string saved) => Array.Exists(s_hints, hint => saved.Contains($"\n{hint}", StringComparison.Ordinal));

    private static int Rules(string saved)
    {
        int count = 0;
        foreach (ReadOnlySpan<char> line in saved.AsSpan().EnumerateLines())
        {
            count += line.StartsWith("-A ") ? 1 : 0;
        }

        return count;
    }
}
