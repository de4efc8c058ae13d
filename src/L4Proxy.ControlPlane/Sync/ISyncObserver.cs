namespace L4Proxy.ControlPlane.Sync;

/// <summary>
/// Follows whether changes get into force, for health checks: what is queued has to be followed soon by a new snapshot,
/// or by word that none is needed. Called from several threads; must not block.
/// </summary>
public interface ISyncObserver
{
    /// <summary>A change was queued.</summary>
    void Queued();

    /// <summary>All that was queued so far changes nothing that is served: no snapshot follows.</summary>
    void Unchanged();
}
