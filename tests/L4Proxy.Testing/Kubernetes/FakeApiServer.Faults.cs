namespace L4Proxy.Testing.Kubernetes;

/// <summary>What goes wrong with requests to come; running watches are the matter of methods of their own.</summary>
public sealed partial class FakeApiServer
{
    internal FaultPlan Faults { get; } = new();

    /// <summary>Lets requests go wrong.</summary>
    /// <param name="fault">How.</param>
    /// <param name="resource">Of this resource; null for all requests, those for /version too.</param>
    /// <param name="verb">get, list, watch, create, update, patch or delete; null for all.</param>
    /// <param name="times">How many requests.</param>
    public InjectedFault Inject(Fault fault, string? resource = null, string? verb = null, int times = 1)
    {
        KubeResource? wanted = Find(resource);
        return Inject(fault, r => (wanted is null || r.Resource == wanted) && (verb is null || r.Verb == verb), times);
    }

    /// <summary>Lets chosen requests go wrong.</summary>
    public InjectedFault Inject(Fault fault, Func<SeenRequest, bool> when, int times = 1) => Faults.Add(fault, when, times);

    /// <summary>Takes back all faults that have not hit yet.</summary>
    public void ClearFaults() => Faults.Clear();
}
