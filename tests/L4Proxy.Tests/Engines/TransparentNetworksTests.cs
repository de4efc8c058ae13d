using System.Net;
using L4Proxy.DataPlane.Engines;
using L4Proxy.DataPlane.Services;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace L4Proxy.Tests.Engines;

/// <summary>What is known of the host's networks decides where answers come back, and interfaces come and go while they are read.</summary>
public sealed class TransparentNetworksTests
{
    private static readonly ClientAddress s_client = ClientAddress.From(IPEndPoint.Parse("10.1.0.9:40000"));

    private readonly EndpointState _endpoint = new(IPEndPoint.Parse("10.1.0.2:80")) { OnThisNode = true };
    private readonly List<(IPAddress Address, int PrefixLength)> _addresses = [(IPAddress.Parse("10.1.0.1"), 24)];
    private int _failures;

    [Fact]
    public void Refresh_InterfaceVanishesMeanwhile_IsReadAgain()
    {
        using TransparentSource source = new(NullLogger.Instance, Read);
        Assert.False(source.Applies(s_client, _endpoint));
        _addresses[0] = (IPAddress.Parse("10.1.0.1"), 32);
        _failures = 2;

        source.Refresh();

        Assert.True(source.Applies(s_client, _endpoint));
    }

    [Fact]
    public void Refresh_CannotBeRead_KeepsWhatWasKnown()
    {
        using TransparentSource source = new(NullLogger.Instance, Read);
        _addresses.Clear();
        _failures = 1000;

        source.Refresh();

        Assert.False(source.Applies(s_client, _endpoint));
    }

    [Fact]
    public void Applies_NothingCouldBeReadYet_IsFalse_UntilItCan()
    {
        _addresses.Clear();
        _failures = 1000;
        using TransparentSource source = new(NullLogger.Instance, Read);
        Assert.False(source.Applies(s_client, _endpoint));
        _failures = 0;

        source.Refresh();

        Assert.True(source.Applies(s_client, _endpoint));
    }

    private IEnumerable<(IPAddress Address, int PrefixLength)> Read()
    {
        foreach ((IPAddress, int) address in _addresses)
        {
            yield return address;
        }

        if (_failures-- > 0)
        {
            // What .NET 10 throws when an address goes while it reads.
            throw new ArgumentException("An invalid IP address was specified.", (string?)null);
        }
    }
}
