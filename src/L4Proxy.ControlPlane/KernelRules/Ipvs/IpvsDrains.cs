using System.Net;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.KernelRules.Ipvs;

/// <summary>
/// Real servers that nobody wants any more and that still carry connections: they get no new ones (weight 0), and go when they are
/// idle, or when their time is over. Only TCP knows when a connection ends.
/// </summary>
internal sealed class IpvsDrains(TimeProvider time)
{
    private readonly Dictionary<(VirtualAddress Server, IPEndPoint Real), DateTimeOffset> _ends = [];

    public int Count => _ends.Count;

    /// <summary>Virtual servers that have any.</summary>
    public IReadOnlyCollection<VirtualAddress> Servers => [.. _ends.Keys.Select(k => k.Server).Distinct()];

    /// <summary>
    /// Keeps in <paramref name="planned"/>, with weight 0, what leaves and may still carry connections. What the kernel has with weight
    /// 0 already, from an earlier life of this process, drains on.
    /// </summary>
    public void Keep(IpvsState current, IpvsState planned)
    {
        HashSet<(VirtualAddress, IPEndPoint)> leaving = [];
        foreach ((VirtualAddress key, VirtualServer now) in current.Servers)
        {
            if (key.Protocol != ServiceProtocol.Tcp || !planned.Servers.TryGetValue(key, out VirtualServer? wanted) || ReferenceEquals(now, wanted))
            {
                continue;
            }

            foreach (IPEndPoint real in now.RealServers.Keys.Where(r => !wanted.RealServers.ContainsKey(r)))
            {
                if (!_ends.TryGetValue((key, real), out DateTimeOffset end))
                {
                    end = time.GetUtcNow() + wanted.DrainTime;
                }

                if (end > time.GetUtcNow())
                {
                    leaving.Add((key, real));
                    _ends[(key, real)] = end;
                    VirtualServer server = planned.Servers[key];
                    planned.Servers[key] = server with { RealServers = server.RealServers.Add(real, 0) };
                }
            }
        }

        foreach ((VirtualAddress, IPEndPoint) gone in _ends.Keys.Where(k => !leaving.Contains(k)).ToArray())
        {
            _ends.Remove(gone);
        }
    }

    /// <summary>Takes out of <paramref name="state"/> what is over, and returns the input for ipvsadm that says so.</summary>
    /// <param name="state">What is in force.</param>
    /// <param name="idle">Real servers without connections.</param>
    public string Finish(IpvsState state, IReadOnlySet<(VirtualAddress Server, IPEndPoint Real)> idle)
    {
        List<string> lines = [];
        foreach (((VirtualAddress Server, IPEndPoint Real) drain, DateTimeOffset end) in _ends.ToArray())
        {
            if ((idle.Contains(drain) || end <= time.GetUtcNow()) && state.Servers.TryGetValue(drain.Server, out VirtualServer? server))
            {
                state.Servers[drain.Server] = server with { RealServers = server.RealServers.Remove(drain.Real) };
                _ends.Remove(drain);
                lines.Add($"-d {drain.Server} -r {drain.Real}\n");
            }
        }

        return string.Concat(lines);
    }
}
