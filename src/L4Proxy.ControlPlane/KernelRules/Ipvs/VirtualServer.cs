using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text;

namespace L4Proxy.ControlPlane.KernelRules.Ipvs;

/// <summary>A virtual server's scheduling, and its real servers with their weights. Compared by value.</summary>
internal sealed record VirtualServer
{
    /// <summary>The scheduler's name in ipvsadm(8).</summary>
    public required string Scheduler { get; init; }

    /// <summary>Its flags, separated by commas; empty for none.</summary>
    public string Flags { get; init; } = "";

    /// <summary>Seconds for which a client keeps its real server; 0 for no affinity.</summary>
    public int Persistence { get; init; }

    public ImmutableDictionary<IPEndPoint, int> RealServers { get; init; } = ImmutableDictionary<IPEndPoint, int>.Empty;

    /// <summary>How long a real server that leaves may keep its connections; no part of what the kernel is told.</summary>
    public TimeSpan DrainTime { get; init; }

    /// <summary>Options of ipvsadm's commands to add and to edit one, in the order in which it writes them.</summary>
    public string Options
    {
        get
        {
            StringBuilder text = new($"-s {Scheduler}");
            if (Persistence > 0)
            {
                text.Append(CultureInfo.InvariantCulture, $" -p {Persistence}");
            }

            if (Flags.Length > 0)
            {
                text.Append(" -b ").Append(Flags);
            }

            return text.ToString();
        }
    }

    /// <summary>Whether the scheduling is the same, whatever the real servers are.</summary>
    public bool IsScheduledAs(VirtualServer other) =>
        Scheduler == other.Scheduler && Flags == other.Flags && Persistence == other.Persistence;

    public bool Equals(VirtualServer? other) => other is not null && IsScheduledAs(other)
        && RealServers.Count == other.RealServers.Count
        && RealServers.All(r => other.RealServers.TryGetValue(r.Key, out int weight) && weight == r.Value);

    public override int GetHashCode() => HashCode.Combine(Scheduler, Flags, Persistence, RealServers.Count);
}
