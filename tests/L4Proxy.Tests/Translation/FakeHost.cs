using System.Collections.Immutable;
using System.Net;
using L4Proxy.ControlPlane.Translation;

namespace L4Proxy.Tests.Translation;

/// <summary>A host that has the loopback addresses, 203.0.113.10, 203.0.113.20 and 2001:db8:f::10.</summary>
internal sealed class FakeHost : IHostAddresses
{
    private static readonly ImmutableArray<IPAddress> s_own =
    [
        IPAddress.Loopback, IPAddress.Parse("203.0.113.10"), IPAddress.Parse("203.0.113.20"),
        IPAddress.IPv6Loopback, IPAddress.Parse("2001:db8:f::10"),
    ];

    public event EventHandler? Changed;

    public ImmutableArray<IPAddress> All { get; private set; } = s_own;

    /// <summary>Ports that somebody else has.</summary>
    public HashSet<int> Busy { get; } = [];

    public bool CanBind(IPAddress address) => IPAddress.IsLoopback(address) || All.Contains(address);

    public bool IsFree(IPEndPoint address) => !Busy.Contains(address.Port);

    public void Set(params ImmutableArray<IPAddress> addresses)
    {
        All = addresses;
        Changed?.Invoke(this, EventArgs.Empty);
    }
}
