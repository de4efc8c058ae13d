namespace L4Proxy.ControlPlane.KernelRules.Nftables;

/// <summary>A rule of a chain.</summary>
/// <param name="Text">In nft's language, without its comment.</param>
/// <param name="Comment">What it is for; tells it from the others of its chain when rules are compared with a listing.</param>
internal readonly record struct NftRule(string Text, string Comment)
{
    public override string ToString() => $"{Text} comment {NftText.Quoted(Comment)}";
}
