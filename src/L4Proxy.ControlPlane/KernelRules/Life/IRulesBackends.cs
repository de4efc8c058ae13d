namespace L4Proxy.ControlPlane.KernelRules.Life;

/// <summary>All ways of telling the kernel that there are.</summary>
public interface IRulesBackends
{
    /// <summary>What can be created, in a fixed order.</summary>
    IEnumerable<RulesBackendKind> Kinds { get; }

    /// <summary>A new backend, which touches nothing before it is asked to; the caller's to dispose of.</summary>
    IRulesBackend Create(RulesBackendKind kind);
}
