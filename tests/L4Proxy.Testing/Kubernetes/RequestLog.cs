namespace L4Proxy.Testing.Kubernetes;

/// <summary>All requests since the start, and a way to wait for what is to come.</summary>
internal sealed class RequestLog
{
    private readonly Lock _gate = new();
    private readonly List<SeenRequest> _requests = [];
    private TaskCompletionSource _changed = NewSignal();

    public IReadOnlyList<SeenRequest> All
    {
        get
        {
            lock (_gate)
            {
                return [.. _requests];
            }
        }
    }

    public void Add(SeenRequest request)
    {
        lock (_gate)
        {
            _requests.Add(request);
        }

        Pulse();
    }

    public void Clear()
    {
        lock (_gate)
        {
            _requests.Clear();
        }
    }

    /// <summary>Something that is waited for may have changed.</summary>
    public void Pulse()
    {
        TaskCompletionSource signal;
        lock (_gate)
        {
            signal = _changed;
            _changed = NewSignal();
        }

        signal.TrySetResult();
    }

    /// <summary>Waits until the function finds something; it is asked at once and after each <see cref="Pulse"/>.</summary>
    public async Task<T> WaitAsync<T>(Func<IReadOnlyList<SeenRequest>, T?> find)
        where T : class
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                changed = _changed.Task;
            }

            if (find(All) is { } found)
            {
                return found;
            }

            await changed;
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
