using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace L4Proxy.ControlPlane.Names;

/// <summary>One host name that is resolved again and again until it is disposed.</summary>
internal sealed class FollowedName : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationToken _token;
    private readonly TaskCompletionSource _tried = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _host;
    private readonly INameResolver _resolver;
    private readonly TimeProvider _time;
    private readonly Action _changed;
    private TaskCompletionSource _refresh = NewSignal();
    private volatile Answer _answer = new([], null);

    public FollowedName(string host, INameResolver resolver, TimeProvider time, Action changed)
    {
        _token = _stop.Token;
        _host = host;
        _resolver = resolver;
        _time = time;
        _changed = changed;
    }

    /// <summary>What the last attempts gave.</summary>
    public Answer Current => _answer;

    /// <summary>Completes when the first attempt has ended, either way.</summary>
    public Task Tried => _tried.Task;

    /// <summary>Ends the wait for the next attempt.</summary>
    public void Refresh() => Volatile.Read(ref _refresh).TrySetResult();

    /// <summary>Resolves until disposed, with a jittered pause between attempts.</summary>
    public async Task RunAsync(TimeSpan interval)
    {
        CancellationToken stop = _token;
        try
        {
            while (true)
            {
                Volatile.Write(ref _refresh, NewSignal());
                Task refresh = _refresh.Task;
                await ResolveAsync(stop);
                _tried.TrySetResult();
                await WaitAsync(Jitter(interval), refresh, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            _tried.TrySetResult();
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A tenth more or less: names that were first asked for together do not stay together.</summary>
    private static TimeSpan Jitter(TimeSpan interval) => interval * (0.9 + (Random.Shared.NextDouble() * 0.2));

    private async Task WaitAsync(TimeSpan pause, Task refresh, CancellationToken stop)
    {
        try
        {
            await refresh.WaitAsync(pause, _time, stop);
        }
        catch (TimeoutException)
        {
            // The pause is over.
        }
    }

    private async Task ResolveAsync(CancellationToken stop)
    {
        Answer old = _answer;
        Answer now;
        try
        {
            IPAddress[] addresses = await _resolver.ResolveAsync(_host, stop);
            now = addresses.Length == 0
                ? old with { Error = "it has no address" }
                : new Answer(Sort(addresses), null);
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            // ArgumentException: the name is one that no resolver takes.
            now = old with { Error = e.Message };
        }

        if (!now.SameAs(old))
        {
            _answer = now;
            _changed();
        }
    }

    /// <summary>One order whatever order the resolver rotates the answer into: the same set is the same list.</summary>
    private static ImmutableArray<IPAddress> Sort(IPAddress[] addresses) =>
        [.. addresses.Distinct().OrderBy(a => a.AddressFamily == AddressFamily.InterNetworkV6).ThenBy(a => a.GetAddressBytes(), s_byBytes)];

    private static readonly Comparer<byte[]> s_byBytes = Comparer<byte[]>.Create((left, right) => left.AsSpan().SequenceCompareTo(right));

    /// <summary>The addresses of the last success, and why the last attempt failed if it did.</summary>
    internal sealed record Answer(ImmutableArray<IPAddress> Addresses, string? Error)
    {
        public bool SameAs(Answer other) =>
            Addresses.SequenceEqual(other.Addresses) && string.Equals(Error, other.Error, StringComparison.Ordinal);
    }
}
