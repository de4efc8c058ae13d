namespace L4Proxy.Admin.Health;

/// <summary>What is known of the proxy's health at one moment.</summary>
/// <param name="Healthy">No queued change is late (kube-proxy's rule).</param>
/// <param name="Serving">A table is in force, and the proxy is not about to end.</param>
/// <param name="NodeEligible">Load balancers may send new connections to this node (KEP-3836).</param>
/// <param name="LastUpdated">When a table was last put in force; null before the first.</param>
internal readonly record struct NodeHealth(bool Healthy, bool Serving, bool NodeEligible, DateTimeOffset? LastUpdated);
