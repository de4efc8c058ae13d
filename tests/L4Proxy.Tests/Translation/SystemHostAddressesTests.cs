using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using L4Proxy.ControlPlane.Translation;
using Xunit;

namespace L4Proxy.Tests.Translation;

public sealed class SystemHostAddressesTests
{
    private readonly List<IPAddress> _addresses = [IPAddress.Loopback];
    private int _failures;

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

    [Fact]
    public void Refresh_InterfaceVanishesMeanwhile_IsReadAgain()
    {
        using SystemHostAddresses host = new(TimeProvider.System, Read);
        int changes = 0;
        host.Changed += (_, _) => changes++;
        _addresses.Add(IPAddress.IPv6Loopback);
        _failures = 1;

        host.Refresh();

        Assert.Equal([IPAddress.Loopback, IPAddress.IPv6Loopback], host.All);
        Assert.Equal(1, changes);
    }

    [Fact]
    public void Refresh_CannotBeRead_KeepsWhatWasKnown()
    {
        using SystemHostAddresses host = new(TimeProvider.System, Read);
        _failures = 1000;
        _addresses.Clear();

        host.Refresh();

        Assert.Equal([IPAddress.Loopback], host.All);
    }

    private IEnumerable<IPAddress> Read()
    {
        foreach (IPAddress address in _addresses.ToArray())
        {
            yield return address;
        }

        if (_failures-- > 0)
        {
            // What .NET 10 throws, too, when an address goes while it reads.
            throw _failures % 2 == 0 ? new NetworkInformationException() : new ArgumentException("An invalid IP address was specified.", (string?)null);
        }
    }
}
