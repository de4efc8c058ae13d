using L4Proxy.ControlPlane.Kubernetes.Watching;
using L4Proxy.Testing;
using L4Proxy.Testing.Time;
using Xunit;

namespace L4Proxy.Tests.Kubernetes.Watching;

/// <summary>A reflector that runs against a scripted server in virtual time.</summary>
internal sealed class ReflectorFixture : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private readonly LastTimer _lastTimer;

    public ReflectorFixture(ResourceScope? scope = null, double chance = 1)
    {
        Scope = scope ?? new ResourceScope(ResourceKind.Services, null);
        _lastTimer = new LastTimer(Time);
        TroubleLog log = new(Logger, _lastTimer);
        Reflector = new Reflector(Scope, Api, Sink, log, _lastTimer, new FixedRandom(chance));
        _running = Task.Run(() => Reflector.RunAsync(_stop.Token));
    }

    public ResourceScope Scope { get; }

    public ScriptedApi Api { get; } = new();

    public ManualTimeProvider Time { get; } = new();

    public RecordingSink Sink { get; } = new();

    public ListLogger<Reflector> Logger { get; } = new();

    public Reflector Reflector { get; }

    /// <summary>Answers the watch-list with objects, and leaves the watch open.</summary>
    public async Task<ScriptedRequest> StartAsync(int version, params string[] items)
    {
        ScriptedRequest watch = await Api.NextAsync();
        watch.Open();
        await watch.SendAsync([.. items.Select(i => ApiJson.Event("ADDED", i)), ApiJson.InitialEnd(version)]);
        await LoggedAsync(1);
        return watch;
    }

    /// <summary>Refuses the watch-list, so that the reflector lists page by page.</summary>
    public async Task RefuseWatchListAsync() => (await Api.NextAsync()).Refuse(System.Net.HttpStatusCode.UnprocessableEntity);

    /// <summary>Waits until the sink has heard so often.</summary>
    public Task LoggedAsync(int count) => Eventually.True(() => Sink.Log.Count >= count);

    /// <summary>Waits until so many timers run.</summary>
    public Task TimersAsync(int count) => Eventually.Equal(count, () => Time.ArmedTimers);

    /// <summary>Expects that nothing is asked until a wait is over, and then something is.</summary>
    public async Task<ScriptedRequest> NextAfterAsync(TimeSpan wait)
    {
        await Eventually.True(() => _lastTimer.Take(wait));
        Time.Advance(wait - TimeSpan.FromMilliseconds(1));
        Assert.Equal(0, Api.Waiting);
        Time.Advance(TimeSpan.FromMilliseconds(1));
        return await Api.NextAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.Within();
        Reflector.Dispose();
        _stop.Dispose();
    }
}
