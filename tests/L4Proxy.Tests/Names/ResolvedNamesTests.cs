using System.Net;
using System.Net.Sockets;
using L4Proxy.ControlPlane.Names;
using L4Proxy.Testing;
using L4Proxy.Testing.Time;
using Xunit;

namespace L4Proxy.Tests.Names;

public sealed class ResolvedNamesTests : IDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(5);

    // Longer than the interval with its jitter.
    private static readonly TimeSpan s_round = TimeSpan.FromSeconds(6);

    private readonly ManualTimeProvider _time = new();
    private readonly FakeResolver _resolver = new();
    private readonly ResolvedNames _names;
    private int _changes;

    public ResolvedNamesTests()
    {
        _names = new ResolvedNames(_resolver, s_interval, _time);
        _names.Changed += (_, _) => Interlocked.Increment(ref _changes);
    }

    public void Dispose() => _names.Dispose();

    [Fact]
    public async Task Lookup_FollowedName_GivesAllAddressesSorted()
    {
        _resolver.Set("web", "10.0.0.2", "::1", "10.0.0.1", "10.0.0.2");
        await FollowAsync("web");
        Assert.Equal(["10.0.0.1", "10.0.0.2", "::1"], Addresses("WEB"));
        Assert.Null(_names.ErrorOf("web"));
    }

    [Fact]
    public async Task Lookup_Literal_NeverAsksTheResolver()
    {
        await FollowAsync("10.0.0.1", "::1");
        Assert.Equal(["10.0.0.1"], Addresses("10.0.0.1"));
        Assert.Equal(["::1"], Addresses("::1"));
        Assert.Equal(0, _resolver.Calls);
    }

    [Fact]
    public async Task Lookup_AddressesChange_FollowsAndTells()
    {
        _resolver.Set("web", "10.0.0.1");
        await FollowAsync("web");
        _resolver.Set("web", "10.0.0.2", "10.0.0.3");
        await NextRoundAsync("web");
        await Eventually.Equal("10.0.0.2,10.0.0.3", () => string.Join(',', Addresses("web")));
        Assert.Equal(2, _changes);
    }

    [Fact]
    public async Task Changed_SameAddressesInAnotherOrder_IsNotRaised()
    {
        _resolver.Set("web", "10.0.0.1", "10.0.0.2");
        await FollowAsync("web");
        _resolver.Set("web", "10.0.0.2", "10.0.0.1");
        await NextRoundAsync("web");
        await NextRoundAsync("web");
        Assert.Equal(1, _changes);
    }

    [Fact]
    public async Task Lookup_ResolverFails_KeepsLastAddressesAndTellsOnce()
    {
        _resolver.Set("web", "10.0.0.1");
        await FollowAsync("web");
        _resolver.Fail("web");
        await NextRoundAsync("web");
        await Eventually.True(() => _names.ErrorOf("web") is not null);
        await NextRoundAsync("web");
        await NextRoundAsync("web");
        Assert.Equal(["10.0.0.1"], Addresses("web"));
        Assert.Equal(2, _changes);

        _resolver.Set("web", "10.0.0.1");
        await NextRoundAsync("web");
        await Eventually.True(() => _names.ErrorOf("web") is null);
        Assert.Equal(3, _changes);
    }

    [Fact]
    public async Task Lookup_EmptyAnswer_CountsAsFailure()
    {
        _resolver.Set("web");
        await FollowAsync("web");
        Assert.Empty(Addresses("web"));
        Assert.NotNull(_names.ErrorOf("web"));
    }

    [Fact]
    public async Task Refresh_Asked_ResolvesWithoutWaiting()
    {
        _resolver.Set("web", "10.0.0.1");
        await FollowAsync("web");
        await Eventually.Equal(1, () => _time.ArmedTimers);
        _resolver.Set("web", "10.0.0.9");
        _names.Refresh();
        await Eventually.Equal("10.0.0.9", () => string.Join(',', Addresses("web")));
    }

    [Fact]
    public async Task Follow_NameNoLongerWanted_IsForgottenAndOthersStay()
    {
        _resolver.Set("a", "10.0.0.1");
        _resolver.Set("b", "10.0.0.2");
        await FollowAsync("a", "b");
        await FollowAsync("b");
        Assert.Empty(Addresses("a"));
        Assert.Equal(["10.0.0.2"], Addresses("b"));
        Assert.Equal(1, _resolver.CallsFor("b"));
        await Eventually.Equal(1, () => _time.ArmedTimers);
    }

    [Fact]
    public async Task WaitTried_ResolverHangs_OthersAreKnownMeanwhile()
    {
        using ResolvedNames names = new(new HangingResolver(), s_interval, _time);
        names.Follow(["hangs", "web"]);
        Task tried = names.WaitTriedAsync(CancellationToken.None);
        await Eventually.True(() => names.Lookup("web").Length == 1);
        Assert.False(tried.IsCompleted);
        names.Dispose();
        await tried.Within();
    }

    [Fact]
    public async Task SystemResolver_Localhost_IsLoopback()
    {
        SystemNameResolver resolver = new(TimeSpan.FromSeconds(30), TimeProvider.System);
        IPAddress[] addresses = await resolver.ResolveAsync("localhost", CancellationToken.None);
        Assert.NotEmpty(addresses);
        Assert.All(addresses, a => Assert.True(IPAddress.IsLoopback(a)));
        Assert.Equal(addresses.Distinct(), addresses);
    }

    [Fact]
    public async Task SystemResolver_NameThatCannotExist_ThrowsSocketException()
    {
        // RFC 6761, section 6.4: .invalid never resolves.
        SystemNameResolver resolver = new(TimeSpan.FromSeconds(30), TimeProvider.System);
        await Assert.ThrowsAsync<SocketException>(async () => await resolver.ResolveAsync("name.invalid", CancellationToken.None));
    }

    private async Task FollowAsync(params string[] hosts)
    {
        _names.Follow(hosts);
        await _names.WaitTriedAsync(CancellationToken.None).Within();
    }

    private async Task NextRoundAsync(string host)
    {
        int calls = _resolver.CallsFor(host);
        await Eventually.True(() => _time.ArmedTimers > 0);
        _time.Advance(s_round);
        await Eventually.True(() => _resolver.CallsFor(host) > calls && _time.ArmedTimers > 0);
    }

    private string[] Addresses(string host) => [.. _names.Lookup(host).Select(a => a.ToString())];

    private sealed class HangingResolver : INameResolver
    {
        public async ValueTask<IPAddress[]> ResolveAsync(string host, CancellationToken cancellation)
        {
            if (host == "hangs")
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
            }

            return [IPAddress.Loopback];
        }
    }
}
