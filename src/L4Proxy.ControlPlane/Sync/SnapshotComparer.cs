using System.Diagnostics.CodeAnalysis;
using L4Proxy.ControlPlane.Translation;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Sync;

/// <summary>Compares snapshots by what is in them.</summary>
public sealed class SnapshotComparer : IEqualityComparer<SourceSnapshot>
{
    public static readonly SnapshotComparer Instance = new();

    public bool Equals(SourceSnapshot? x, SourceSnapshot? y) => ReferenceEquals(x, y)
        || (x is not null && y is not null && x.NodeEligible == y.NodeEligible
            && (x.Problems == y.Problems || x.Problems.SequenceEqual(y.Problems))
            && x.HealthChecks.SequenceEqual(y.HealthChecks)
            && x.PodNetworks.Equals(y.PodNetworks)
            && (ReferenceEquals(x.Table, y.Table) || Same(x.Table, y.Table)));

    public int GetHashCode([DisallowNull] SourceSnapshot obj)
    {
        ArgumentNullException.ThrowIfNull(obj);
        HashCode hash = default;
        foreach (ServiceEntry entry in obj.Table.Services)
        {
            hash.Add(entry.Key);
        }

        return hash.ToHashCode();
    }

    private static bool Same(ServiceTable x, ServiceTable y)
    {
        if (x.Services.Length != y.Services.Length || !x.Inside.Equals(y.Inside)
            || !x.CaptureListeners.AsSpan().SequenceEqual(y.CaptureListeners.AsSpan()))
        {
            return false;
        }

        for (int i = 0; i < x.Services.Length; i++)
        {
            if (!x.Services[i].IsSameAs(y.Services[i]))
            {
                return false;
            }
        }

        return true;
    }
}
