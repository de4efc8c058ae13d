namespace L4Proxy.ControlPlane.KernelRules.Life;

/// <summary>
/// When what is to be done: a state machine without threads. A change is applied at once when nothing is under way; after an
/// application there is a pause as long as it took, so that a storm of changes costs half of a core at most. Not for several threads
/// at a time.
/// </summary>
/// <param name="time">Clock.</param>
/// <param name="syncPeriod">Time between two full applications.</param>
internal sealed class RulesSchedule(TimeProvider time, TimeSpan syncPeriod)
{
    /// <summary>Between two looks at what somebody may have removed; the promise is to restore it within 30 s.</summary>
    public static readonly TimeSpan CheckPeriod = TimeSpan.FromSeconds(20);

    /// <summary>As kube-proxy's minSyncPeriod.</summary>
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan s_firstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestRetry = TimeSpan.FromSeconds(30);

    private long _notBefore;
    private long? _retryAt;
    private long _resyncAt;
    private long _checkAt;
    private bool _changed;
    private bool _suspicious;

    /// <summary>Applications that failed since the last one that did not.</summary>
    public int Failures { get; private set; }

    /// <summary>There is a new snapshot.</summary>
    public void Changed() => _changed = true;

    /// <summary>Somebody may have removed rules.</summary>
    public void Suspect() => _suspicious = true;

    /// <summary>Rules are not there any more. Who removes them again and again causes no more work than a storm of changes.</summary>
    public void Lost() => _retryAt = Math.Max(time.GetTimestamp(), _notBefore);

    /// <summary>They are there.</summary>
    public void Checked()
    {
        _suspicious = false;
        _checkAt = In(CheckPeriod);
    }

    /// <summary>An application succeeded. One of a change alone says nothing of all the rest, which is still to be looked at.</summary>
    public void Applied(bool full, TimeSpan took)
    {
        Failures = 0;
        _retryAt = null;
        _notBefore = In(took < s_longestPause ? took : s_longestPause);
        if (full)
        {
            _resyncAt = In(syncPeriod);
            Checked();
        }
    }

    /// <summary>An application failed: all is tried again after 1 s, and after twice as long each time, 30 s at most.</summary>
    public void Failed()
    {
        TimeSpan wait = s_firstRetry * Math.Pow(2, Math.Min(Failures, 10));
        Failures++;
        _retryAt = In(wait < s_longestRetry ? wait : s_longestRetry);

        // Another snapshot may be one that can be applied, so it does not wait for all that long.
        _notBefore = In(s_firstRetry);
    }

    /// <summary>The snapshot that <see cref="Changed"/> told of is taken.</summary>
    public void Take() => _changed = false;

    /// <summary>What is next, and how long until then.</summary>
    public (RulesWork Work, TimeSpan Wait) Next()
    {
        long change = _changed ? _notBefore : long.MaxValue;
        if (_retryAt is { } retry)
        {
            // What is in force is unknown, so whatever is next writes all of it.
            return (RulesWork.ApplyFully, Until(Math.Min(retry, change)));
        }

        long check = _suspicious ? 0 : _checkAt;
        return _resyncAt <= change && _resyncAt <= check ? (RulesWork.ApplyFully, Until(_resyncAt))
            : change <= check ? (RulesWork.Apply, Until(change))
            : (RulesWork.Check, Until(check));
    }

    private long In(TimeSpan span) => time.GetTimestamp() + (long)(span.TotalSeconds * time.TimestampFrequency);

    /// <summary>Rounded up to what timers count: who waits that long finds it due.</summary>
    private TimeSpan Until(long timestamp)
    {
        long left = timestamp - time.GetTimestamp();
        return left <= 0 ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Ceiling(left * 1000.0 / time.TimestampFrequency));
    }
}
