using System.Net;
using System.Net.Sockets;
using L4Proxy.ControlPlane.Translation;
using Xunit;

namespace L4Proxy.Tests.Translation;

public sealed class SystemHostAddressesTests
{
    [Fact]
    public void All_OfThisHost_HasLoopbackOnceAndNoLinkLocal()
    {
        using SystemHostAddresses host = new(TimeProvider.System);

        Assert.Single(host.All, IPAddress.Loopback);
        Assert.Equal(host.All.Distinct(), host.All);
        Assert.DoesNotContain(host.All, a => a.IsIPv6LinkLocal);
        Assert.All(host.All, a => Assert.True(host.CanBind(a)));
        Assert.True(host.All == host.All);
    }

    [Fact]
    public void IsFree_PortWithAListener_IsFalse()
    {
        using SystemHostAddresses host = new(TimeProvider.System);
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        IPEndPoint taken = (IPEndPoint)listener.LocalEndPoint!;

        Assert.False(host.IsFree(taken));
        Assert.True(host.IsFree(new IPEndPoint(IPAddress.Loopback, 0)));
    }
}
