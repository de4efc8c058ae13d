namespace L4Proxy.ControlPlane.KernelRules.Iptables;

/// <summary>Jumps from built-in chains: each there once, and first.</summary>
internal static class Jumps
{
    /// <summary>Takes over those that are there, puts those that lack before all others, and removes those that are too many. Pure.</summary>
    public static void Repair(RestoreInput input, IEnumerable<ChainRule> wanted, IEnumerable<ChainRule> there)
    {
        HashSet<ChainRule> missing = [.. wanted];
        foreach (ChainRule jump in there)
        {
            if (!missing.Remove(jump))
            {
                input.Delete(jump);
            }
        }

        foreach (ChainRule jump in wanted.Reverse().Where(missing.Contains))
        {
            input.InsertJump(jump);
        }
    }
}
