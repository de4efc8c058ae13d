using System.Net;
using L4Proxy.DataPlane.Engines;
using L4Proxy.DataPlane.Services;
using L4Proxy.Testing;
using L4Proxy.Testing.Time;
using Xunit;

namespace L4Proxy.Tests.Engines;

/// <summary>What is known of the host's networks decides where answers come back, and interfaces come and go while they are read.</summary>
public sealed class TransparentNetworksTests
{
    private static readonly ClientAddress s_client = ClientAddress.From(IPEndPoint.Parse("10.1.0.9:40000"));

    private readonly EndpointState _endpoint = new(IPEndPoint.Parse("10.1.0.2:80")) { OnThisNode = true };
    private readonly List<(IPAddress Address, int PrefixLength)> _addresses = [(IPAddress.Parse("10.1.0.1"), 24)];
    private readonly ListLogger<TransparentSource> _log = new();
    private readonly ManualTimeProvider _time = new();
    private int _failures;

    [Fact]
    public void Refresh_InterfaceVanishesMeanwhile_IsReadAgain()
    {
        using TransparentSource source = new(_log, _time, Read);
        Assert.False(source.Applies(s_client, _endpoint));
        _addresses[0] = (IPAddress.Parse("10.1.0.1"), 32);
        _failures = 2;

        source.Refresh();

        Assert.True(source.Applies(s_client, _endpoint));
    }

    [Fact]
    public void Refresh_CannotBeRead_KeepsWhatWasKnown()
    {
        using TransparentSource source = new(_log, _time, Read);
        _addresses.Clear();
        _failures = 1000;

        source.Refresh();

        Assert.False(source.Applies(s_client, _endpoint));
    }

    [Fact]
    public void Applies_NothingCouldBeReadYet_IsFalse_UntilItCanWithoutAnyChange()
    {
        _addresses.Clear();
        _failures = 1000;
        using TransparentSource source = new(_log, _time, Read);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.False(source.Applies(s_client, _endpoint));
        Assert.Contains("no dial goes out from a client's own address", Assert.Single(_log.Messages), StringComparison.Ordinal);
        _failures = 0;

        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.True(source.Applies(s_client, _endpoint));
        Assert.Contains("are known now", _log.Messages[^1], StringComparison.Ordinal);
        Assert.Equal(0, _time.ArmedTimers);
    }

    [Fact]
    public async Task Refresh_TwoAtOnce_TheOneThatBeganLaterCounts()
    {
        using ManualResetEventSlim reading = new();
        using ManualResetEventSlim overtaken = new();
        int readings = 0;
        using TransparentSource source = new(_log, _time, () =>
        {
            if (++readings != 2)
            {
                return [.. _addresses];
            }

            (IPAddress, int)[] old = [.. _addresses];
            reading.Set();
            overtaken.Wait(TimeSpan.FromMilliseconds(300), TestContext.Current.CancellationToken);
            return old;
        });
        Task older = Task.Run(source.Refresh, TestContext.Current.CancellationToken);
        reading.Wait(TestContext.Current.CancellationToken);
        _addresses.Clear();

        source.Refresh();

        overtaken.Set();
        await older;
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
