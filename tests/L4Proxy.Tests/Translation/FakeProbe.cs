using System.Net;
using L4Proxy.ControlPlane.Translation;

namespace L4Proxy.Tests.Translation;

/// <summary>A host that has the loopback addresses, 203.0.113.10, 203.0.113.20 and 2001:db8:f::10.</summary>
internal sealed class FakeProbe : IAddressProbe
{
    private static readonly HashSet<IPAddress> s_own =
        [IPAddress.Parse("203.0.113.10"), IPAddress.Parse("203.0.113.20"), IPAddress.Parse("2001:db8:f::10")];

    public bool CanBind(IPAddress address) => IPAddress.IsLoopback(address) || s_own.Contains(address);
}
