namespace L4Proxy.ControlPlane.KernelRules.Nftables;

/// <summary>An element of a set or map.</summary>
/// <param name="Collection">Name of the set or map.</param>
/// <param name="Key">Such as <c>10.96.0.1 . tcp . 80</c>.</param>
/// <param name="Value">What a map leads the key to; empty in a set.</param>
/// <param name="Comment">What it is for; may be empty.</param>
internal readonly record struct NftElement(string Collection, string Key, string Value = "", string Comment = "")
{
    public override string ToString()
    {
        string comment = Comment.Length == 0 ? "" : $" comment {NftText.Quoted(Comment)}";
        return Value.Length == 0 ? Key + comment : $"{Key}{comment} : {Value}";
    }
}
