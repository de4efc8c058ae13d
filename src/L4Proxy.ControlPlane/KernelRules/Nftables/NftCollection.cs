namespace L4Proxy.ControlPlane.KernelRules.Nftables;

/// <summary>A named set or map.</summary>
/// <param name="Name">At most <see cref="NftText.MaxName"/> bytes.</param>
/// <param name="Definition">What is between the braces of its declaration.</param>
internal sealed record NftCollection(string Name, string Definition)
{
    public bool IsMap { get; init; }

    /// <summary>Whether the kernel puts the elements in while packets pass, so that they are none of the plan's.</summary>
    public bool IsDynamic { get; init; }

    /// <summary>nft's word for it.</summary>
    public string Kind => IsMap ? "map" : "set";
}
