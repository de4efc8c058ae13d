using System.Diagnostics.CodeAnalysis;

namespace L4Proxy.ControlPlane.Translation.Objects;

/// <summary>What the kubelet reports about a Pod.</summary>
public sealed record PodStatus
{
    /// <summary>Pending, Running, Succeeded, Failed or Unknown.</summary>
    public string? Phase { get; init; }

    public string? PodIP { get; init; }

    /// <summary>All addresses of a dual-stack Pod, <see cref="PodIP"/> first.</summary>
    [AllowNull]
    public IReadOnlyList<PodIP> PodIPs { get; init => field = value ?? []; } = [];

    [AllowNull]
    public IReadOnlyList<PodCondition> Conditions { get; init => field = value ?? []; } = [];
}
