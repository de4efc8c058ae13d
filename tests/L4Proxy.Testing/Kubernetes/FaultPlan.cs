namespace L4Proxy.Testing.Kubernetes;

/// <summary>The faults to come.</summary>
internal sealed class FaultPlan
{
    private readonly Lock _gate = new();
    private readonly List<InjectedFault> _faults = [];

    public InjectedFault Add(Fault fault, Func<SeenRequest, bool> when, int times)
    {
        InjectedFault injected = new(fault, when, times, Remove);
        lock (_gate)
        {
            _faults.Add(injected);
        }

        return injected;
    }

    /// <summary>The first fault that is meant for the request.</summary>
    public Fault? Take(SeenRequest request)
    {
        lock (_gate)
        {
            // On a copy, because a fault that is used up takes itself off the list.
            return _faults.ToArray().FirstOrDefault(f => f.TryHit(request))?.Fault;
        }
    }

    public void Clear()
    {
        lock (_gate)
        {
            _faults.Clear();
        }
    }

    private void Remove(InjectedFault fault)
    {
        lock (_gate)
        {
            _faults.Remove(fault);
        }
    }
}
