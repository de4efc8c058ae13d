using System.Collections.Immutable;
using System.Net;
using L4Proxy.ControlPlane.Translation;

namespace L4Proxy.Microbench.Benchmarks;

/// <summary>A host whose addresses do not change, and that has none of the Services'.</summary>
internal sealed class FixedHost : IHostAddresses
{
    public event EventHandler? Changed
    {
        add
        {
            // They never do.
        }

        remove
        {
            // Nobody is kept.
        }
    }

    public ImmutableArray<IPAddress> All { get; } = [IPAddress.Loopback, IPAddress.Parse("192.168.60.1")];

    public bool CanBind(IPAddress address) => All.Contains(address);

    public bool IsFree(IPEndPoint address) => true;
}
