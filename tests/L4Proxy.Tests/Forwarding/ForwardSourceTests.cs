using System.Collections.Immutable;
using L4Proxy.ControlPlane;
using L4Proxy.ControlPlane.Forwarding;
using L4Proxy.ControlPlane.Names;
using L4Proxy.DataPlane.Services;
using L4Proxy.Testing;
using L4Proxy.Testing.Time;
using L4Proxy.Tests.Names;
using Xunit;

namespace L4Proxy.Tests.Forwarding;

public sealed class ForwardSourceTests : IAsyncDisposable
{
    private readonly FakeResolver _resolver = new();
    private readonly ManualTimeProvider _time = new();
    private readonly CancellationTokenSource _stop = new();
    private ForwardSource? _source;
    private IAsyncEnumerator<SourceSnapshot>? _watch;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_source is not null)
        {
            await _source.DisposeAsync();
        }

        _stop.Dispose();
    }

    [Fact]
    public async Task Watch_Literals_AreServedWithWeightAndOptions()
    {
        ServiceOptions options = ServiceOptions.Default with { Balance = BalanceMethod.Random };
        Start(options, "18080=127.0.0.1:19001,[::1]:19002/weight=3");
        SourceSnapshot snapshot = await NextAsync();
        ServiceEntry service = Assert.Single(snapshot.Table.Services);
        Assert.Equal("127.0.0.1:18080", service.Key.ToString());
        Assert.Equal("127.0.0.1:18080", Assert.Single(service.Frontends).Address.ToString());
        Assert.Equal(["127.0.0.1:19001*1", "[::1]:19002*3"], service.Endpoints.Select(e => $"{e.Address}*{e.Weight}"));
        Assert.Same(options, service.Options);
        Assert.Empty(snapshot.Problems);
        Assert.Equal(0, _resolver.Calls);
    }

    [Fact]
    public async Task Watch_NamesShareAnAddress_ListItOnce()
    {
        _resolver.Set("a", "10.0.0.1", "10.0.0.2");
        _resolver.Set("b", "10.0.0.2", "10.0.0.3");
        Start(ServiceOptions.Default, "80=a:1/weight=2,b:1");
        SourceSnapshot snapshot = await NextAsync();
        Assert.Equal(
            ["10.0.0.1:1*2", "10.0.0.2:1*2", "10.0.0.3:1*1"],
            snapshot.Table.Services[0].Endpoints.Select(e => $"{e.Address}*{e.Weight}"));
    }

    [Fact]
    public async Task Watch_SeveralSpecs_AreOrderedByKeyAndPortZeroIsNumbered()
    {
        Start(ServiceOptions.Default, "9=x.invalid:1", "0=127.0.0.1:1", "0=127.0.0.1:2", "80=127.0.0.1:3");
        SourceSnapshot snapshot = await NextAsync();
        Assert.Equal(
            ["127.0.0.1:0", "127.0.0.1:0#2", "127.0.0.1:80", "127.0.0.1:9"], snapshot.Table.Services.Select(s => s.Key.ToString()));
        Assert.Equal("0=127.0.0.1:2", _source!.Specs[snapshot.Table.Services[1].Key].Text);
    }

    [Fact]
    public async Task Watch_NameDoesNotResolve_IsAProblemAndTheRestIsServed()
    {
        Start(ServiceOptions.Default, "80=gone:1,127.0.0.1:2");
        SourceSnapshot snapshot = await NextAsync();
        Assert.Equal("127.0.0.1:2", Assert.Single(snapshot.Table.Services[0].Endpoints).Address.ToString());
        Problem problem = Assert.Single(snapshot.Problems);
        Assert.Equal(ProblemSeverity.Error, problem.Severity);
        Assert.StartsWith("forward 80=gone:1,127.0.0.1:2: cannot resolve 'gone': ", problem.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_AddressesChange_GivesANewSnapshotAndKeepsThemWhenResolvingFails()
    {
        _resolver.Set("web", "10.0.0.1");
        Start(ServiceOptions.Default, "80=web:1");
        await NextAsync();

        _resolver.Set("web", "10.0.0.1", "10.0.0.2");
        SourceSnapshot snapshot = await ReloadAsync();
        Assert.Equal(2, snapshot.Table.Services[0].Endpoints.Length);

        _resolver.Fail("web");
        snapshot = await ReloadAsync();
        Assert.Equal(2, snapshot.Table.Services[0].Endpoints.Length);
        Assert.Equal(ProblemSeverity.Warning, Assert.Single(snapshot.Problems).Severity);
    }

    private void Start(ServiceOptions options, params string[] texts)
    {
        ImmutableArray<ForwardSpec> specs = ForwardSpecParser.ParseAll(texts, out ImmutableArray<string> errors);
        Assert.Empty(errors);
        _source = new ForwardSource(specs, options, new ResolvedNames(_resolver, TimeSpan.FromSeconds(5), _time));
        _watch = _source.WatchAsync(_stop.Token).GetAsyncEnumerator();
    }

    private async Task<SourceSnapshot> NextAsync()
    {
        Assert.True(await _watch!.MoveNextAsync().AsTask().Within());
        return _watch.Current;
    }

    private Task<SourceSnapshot> ReloadAsync()
    {
        Task<SourceSnapshot> next = NextAsync();
        _source!.RequestReload();
        return next;
    }
}
