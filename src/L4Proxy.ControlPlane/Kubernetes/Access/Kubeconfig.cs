namespace L4Proxy.ControlPlane.Kubernetes.Access;

/// <summary>One kubeconfig, or several merged.</summary>
internal sealed class Kubeconfig
{
    public Dictionary<string, KubeconfigEntry> Clusters { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, KubeconfigEntry> Users { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, KubeconfigEntry> Contexts { get; } = new(StringComparer.Ordinal);

    public string? CurrentContext { get; set; }

    /// <summary>
    /// Adds what another one has and this one has not. An entry is taken as a whole: nothing is added to a user of
    /// the first file from a user of the same name in the second (kubectl config, "Merging kubeconfig files").
    /// </summary>
    public void Merge(Kubeconfig later)
    {
        Merge(Clusters, later.Clusters);
        Merge(Users, later.Users);
        Merge(Contexts, later.Contexts);
        CurrentContext ??= later.CurrentContext;
    }

    private static void Merge(Dictionary<string, KubeconfigEntry> into, Dictionary<string, KubeconfigEntry> from)
    {
        foreach ((string name, KubeconfigEntry entry) in from)
        {
            into.TryAdd(name, entry);
        }
    }
}
