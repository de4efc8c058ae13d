namespace L4Proxy.DataPlane.Engines.Portable;

/// <summary>Tells whoever waits that a connection has ended. Costs a connection one read while nobody waits.</summary>
internal sealed class PlaceSignal
{
    private volatile TaskCompletionSource? _waiters;

    /// <summary>The next end. Ask for it, then look at what is waited for, then wait.</summary>
    public Task Next()
    {
        while (true)
        {
            if (_waiters is { } waiters)
            {
                return waiters.Task;
            }

            var fresh = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (Interlocked.CompareExchange(ref _waiters, fresh, null) is null)
            {
                return fresh.Task;
            }
        }
    }

    public void Pulse()
    {
        if (_waiters is not null)
        {
            Interlocked.Exchange(ref _waiters, null)?.TrySetResult();
        }
    }
}
