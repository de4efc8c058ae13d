using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane.Balancing;

/// <summary>
/// Takes endpoints that keep failing dials out of the rotation for a while, as Envoy's outlier detection does, and
/// lets each back in by trial: when its time is over, one client at a time is sent there; success brings it
/// back at once, failure ejects it again for twice as long. The client of a trial goes on to other endpoints like
/// any other, so a dead endpoint costs it one refusal or one hedge delay. With hedging off that is one attempt
/// timeout, and with one endpoint per client the connection itself: still less than putting the endpoint back
/// blindly, which would cost as many clients as it takes to eject it.
/// </summary>
internal static class PassiveEjection
{
    public static bool IsEnabled(EjectionOptions options) => options.ConsecutiveFailures > 0 || options.ConsecutiveTimeouts > 0;

    /// <summary>A dial succeeded: everything held against the endpoint is forgotten. Takes no lock when there is nothing.</summary>
    public static void Succeeded(ServiceState service, EndpointState endpoint)
    {
        if (endpoint.IsClean)
        {
            return;
        }

        lock (service.Gate)
        {
            bool wasEjected = endpoint.Marks.Ejected;
            endpoint.Marks.Clear();
            if (wasEjected)
            {
                service.RebuildPool();
            }
        }
    }

    /// <summary>A dial failed by the endpoint's fault.</summary>
    /// <param name="service">The Service port.</param>
    /// <param name="endpoint">What was dialled.</param>
    /// <param name="timeout">Whether it did not answer at all.</param>
    /// <param name="trial">Whether the dial was a trial of an ejected endpoint.</param>
    /// <param name="nowMs">Monotonic milliseconds.</param>
    public static void Failed(ServiceState service, EndpointState endpoint, bool timeout, bool trial, long nowMs)
    {
        lock (service.Gate)
        {
            EjectionOptions options = service.Entry.Options.Ejection;
            if (!endpoint.Eligible || !IsEnabled(options))
            {
                // It has left the Service, or nobody asked for its marks.
                return;
            }

            EjectionMarks marks = endpoint.Marks;

            if (marks.Ejected)
            {
                // Dials that were under way when it was ejected, and last resorts, say nothing new.
                if (trial)
                {
                    Eject(service, endpoint, options, nowMs);
                }

                return;
            }

            marks.CountFailure(timeout);
            bool enough = Reached(marks.ConsecutiveFailures, options.ConsecutiveFailures)
                || Reached(marks.ConsecutiveTimeouts, options.ConsecutiveTimeouts);
            if (enough && HasRoom(service.Current.PeersOf(endpoint).Eligible, endpoint, options))
            {
                Eject(service, endpoint, options, nowMs);
            }
        }
    }

    /// <summary>
    /// An ejected endpoint of a client's scope and family whose time is over, for this one to try; null when there is
    /// none. Nobody else gets it before <paramref name="holdMs"/> are over, or this client's dial has ended.
    /// </summary>
    public static EndpointState? ClaimTrial(ServiceState service, EndpointScope scope, bool isIPv4, long nowMs, long holdMs)
    {
        if (nowMs < service.NextTrialMs(scope, isIPv4))
        {
            return null;
        }

        lock (service.Gate)
        {
            EndpointState? due = null;
            foreach (EndpointState endpoint in service.Current.In(scope, isIPv4).Eligible)
            {
                if (AwaitsTrial(endpoint) && endpoint.Marks.RetryAtMs <= nowMs
                    && (due is null || endpoint.Marks.RetryAtMs < due.Marks.RetryAtMs))
                {
                    due = endpoint;
                }
            }

            if (due is not null)
            {
                due.Marks.HoldTrials(nowMs + holdMs);
                service.PlanTrials();
            }

            return due;
        }
    }

    /// <summary>When the next trial is due; <see cref="long.MaxValue"/> when no endpoint awaits one.</summary>
    public static long NextTrialMs(EndpointState[] eligible)
    {
        long next = long.MaxValue;
        foreach (EndpointState endpoint in eligible)
        {
            if (AwaitsTrial(endpoint))
            {
                next = Math.Min(next, endpoint.Marks.RetryAtMs);
            }
        }

        return next;
    }

    /// <summary>
    /// Lets endpoints back in when more are out than may be, since others left; those out longest first. In the Local
    /// scope only those that are nowhere else: the others are limited among all of the cluster.
    /// </summary>
    public static void Trim(EndpointScopes clients, EndpointState[] eligible, EjectionOptions options)
    {
        int excess = CountEjected(eligible) - MaxEjected(eligible.Length, options);
        if (excess <= 0)
        {
            return;
        }

        foreach (EndpointState endpoint in eligible
            .Where(e => e.Ejected && ((clients & EndpointScopes.Cluster) != EndpointScopes.None || !e.IsEligibleIn(EndpointScopes.Cluster)))
            .OrderBy(e => e.Marks.RetryAtMs).Take(excess).ToArray())
        {
            endpoint.Marks.Readmit();
        }
    }

    private static int CountEjected(EndpointState[] endpoints)
    {
        int count = 0;
        foreach (EndpointState endpoint in endpoints)
        {
            count += endpoint.Ejected ? 1 : 0;
        }

        return count;
    }

    // An endpoint that the active check finds dead need not be tried on a client.
    private static bool AwaitsTrial(EndpointState endpoint) => endpoint.Ejected && endpoint.Healthy;

    private static bool Reached(int count, int threshold) => threshold > 0 && count >= threshold;

    private static int MaxEjected(int count, EjectionOptions options) => Math.Max(0, Math.Min(count - 1, count * options.MaxPercent / 100));

    private static bool HasRoom(EndpointState[] eligible, EndpointState endpoint, EjectionOptions options)
    {
        bool isLast = true;
        foreach (EndpointState other in eligible)
        {
            isLast &= ReferenceEquals(other, endpoint) || other.Ejected || !other.Healthy;
        }

        return !isLast && CountEjected(eligible) < MaxEjected(eligible.Length, options);
    }

    private static void Eject(ServiceState service, EndpointState endpoint, EjectionOptions options, long nowMs)
    {
        double factor = Math.Pow(2, endpoint.Marks.EjectionsInARow);
        double ms = Math.Min(options.BaseTime.TotalMilliseconds * factor, options.MaxTime.TotalMilliseconds);
        endpoint.Marks.Eject(nowMs + (long)ms);
        endpoint.CountEjection();
        service.RebuildPool();
    }
}
