namespace L4Proxy.Admin.Health;

/// <summary>
/// Remembers when changes were queued and tables put in force. As in kube-proxy (pkg/proxy/healthcheck), the proxy is unhealthy
/// while a queued change has waited for longer than the time limit, and healthy again when it is applied.
/// </summary>
/// <param name="time">Clock.</param>
/// <param name="limit">Longest time between a change and the table that holds it.</param>
internal sealed class NodeHealthState(TimeProvider time, TimeSpan limit)
{
    private readonly Lock _gate = new();
    private long? _oldestQueued;
    private long? _oldestApplying;
    private DateTimeOffset? _lastUpdated;
    private bool _nodeEligible = true;
    private bool _applying;
    private bool _draining;

    /// <summary>A change arrived.</summary>
    public void Queued()
    {
        lock (_gate)
        {
            _oldestQueued ??= time.GetTimestamp();
        }
    }

    /// <summary>What was queued so far leads to no other table: the one in force is up to date.</summary>
    public void Unchanged()
    {
        lock (_gate)
        {
            _oldestQueued = null;
            _lastUpdated = _lastUpdated is null ? null : time.GetUtcNow();
        }
    }

    /// <summary>A table that holds all changes queued so far is about to be put in force. What is queued from here on waits for the next.</summary>
    public void Applying()
    {
        lock (_gate)
        {
            _applying = true;
            // A change that came while another was found to change nothing is not in the queue any more; the wait counts from here.
            _oldestApplying ??= _oldestQueued ?? time.GetTimestamp();
            _oldestQueued = null;
        }
    }

    /// <summary>A table is in force; one whose start nobody told holds all that was queued.</summary>
    public void Applied(bool nodeEligible)
    {
        lock (_gate)
        {
            _oldestApplying = null;
            _oldestQueued = _applying ? _oldestQueued : null;
            _applying = false;
            _lastUpdated = time.GetUtcNow();
            _nodeEligible = nodeEligible;
        }
    }

    /// <summary>The process is about to end: it takes no new connections.</summary>
    public void Draining()
    {
        lock (_gate)
        {
            _draining = true;
        }
    }

    public NodeHealth Read()
    {
        lock (_gate)
        {
            // Before the first table kube-proxy counts as healthy however long it takes: a restart would not bring the API back.
            bool healthy = _lastUpdated is null || !IsLate(_oldestApplying ?? _oldestQueued);
            return new NodeHealth(healthy, Serving: _lastUpdated is not null && !_draining, _nodeEligible, _lastUpdated);
        }
    }

    private bool IsLate(long? since) => since is { } start && time.GetElapsedTime(start) >= limit;
}
