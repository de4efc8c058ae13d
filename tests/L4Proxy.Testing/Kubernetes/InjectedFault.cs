namespace L4Proxy.Testing.Kubernetes;

/// <summary>A fault that waits for its requests. Disposing takes it back; answers that it has hit already stay hit.</summary>
public sealed class InjectedFault : IDisposable
{
    private readonly Func<SeenRequest, bool> _when;
    private readonly Action<InjectedFault> _remove;
    private readonly TaskCompletionSource _used = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int _times;
    private int _hits;

    internal InjectedFault(Fault fault, Func<SeenRequest, bool> when, int times, Action<InjectedFault> remove)
    {
        Fault = fault;
        _when = when;
        _times = times;
        _remove = remove;
    }

    public Fault Fault { get; }

    /// <summary>Requests that it has hit.</summary>
    public int Hits => Volatile.Read(ref _hits);

    /// <summary>Waits until it has hit all the requests that it was made for.</summary>
    public Task WaitUsedUpAsync() => _used.Task.Within(what: $"fault used {_times} times, so far {Hits}");

    public void Dispose() => _remove(this);

    /// <summary>Whether the request is hit. Callers hold the lock of the list.</summary>
    internal bool TryHit(SeenRequest request)
    {
        if (!_when(request))
        {
            return false;
        }

        if (++_hits >= _times)
        {
            _remove(this);
            _used.TrySetResult();
        }

        return true;
    }
}
