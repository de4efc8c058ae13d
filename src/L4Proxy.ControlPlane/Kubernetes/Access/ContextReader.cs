using System.Collections;
using L4Proxy.ControlPlane.Manifests;
using L4Proxy.ControlPlane.Translation;

namespace L4Proxy.ControlPlane.Kubernetes.Access;

/// <summary>Makes of one context of a kubeconfig the way to its cluster.</summary>
/// <param name="config">All files merged.</param>
/// <param name="files">The files as the user named them.</param>
/// <param name="environment">Variables by name.</param>
internal sealed class ContextReader(Kubeconfig config, string files, IDictionary environment)
{
    // A list that fits a line; who has more contexts than that finds them with kubectl.
    private const int MaxShown = 10;

    /// <param name="name">The context; null for the current one.</param>
    public AccessResult Read(string? name)
    {
        if ((name ?? config.CurrentContext) is not { } chosen)
        {
            return Failed("current-context", $"missing; {Choice(config.Contexts)}");
        }

        if (!config.Contexts.TryGetValue(chosen, out KubeconfigEntry? context))
        {
            return Failed(name is null ? "current-context" : null, $"there is no context '{Shown.Text(chosen)}'; {Choice(config.Contexts)}");
        }

        KubeconfigEntry? cluster = Find(context.Root["cluster"], "cluster", config.Clusters, isNeeded: true);
        KubeconfigEntry? user = Find(context.Root["user"], "user", config.Users, isNeeded: false);
        string? space = context.Root["namespace"].Text();
        if (cluster is null || context.Problems.Count > 0)
        {
            return new AccessResult { Problems = [.. context.Problems] };
        }

        ClusterReader clusterReader = new(cluster);
        ClusterAccess? access = clusterReader.Read(environment);
        AccessCredentials? credentials = user is null || access is null
            ? null
            : new UserReader(user, () => clusterReader.WriteExecInfo(access)).Read();
        Problem[] problems = [.. cluster.Problems, .. user?.Problems ?? []];
        return problems.Length > 0 || access is null ? new AccessResult { Problems = [.. problems] } : new AccessResult
        {
            Access = access with
            {
                Source = $"context {Shown.Text(chosen)} of {files}",
                Namespace = space,
                User = context.Root["user"].Text(),
                Credentials = credentials ?? AccessCredentials.None,
            },
        };
    }

    private static KubeconfigEntry? Find(Field field, string kind, Dictionary<string, KubeconfigEntry> entries, bool isNeeded)
    {
        if (field.Text() is not { } name)
        {
            if (isNeeded && (!field.IsSet || field.Node is ManifestScalar { Text: "" }))
            {
                field.Error($"missing; {Choice(entries)}");
            }

            return null;
        }

        if (entries.TryGetValue(name, out KubeconfigEntry? entry))
        {
            return entry;
        }

        field.Error($"there is no {kind} '{Shown.Text(name)}'; {Choice(entries)}");
        return null;
    }

    private static string Choice(Dictionary<string, KubeconfigEntry> entries)
    {
        string names = string.Join(", ", entries.Keys.Order(StringComparer.Ordinal).Take(MaxShown).Select(Shown.Text));
        return entries.Count switch
        {
            0 => "there is none to choose",
            > MaxShown => $"allowed is {names} and {entries.Count - MaxShown} others",
            _ => $"allowed is {names}",
        };
    }

    private AccessResult Failed(string? key, string message) => new()
    {
        Problems = [new Problem { Severity = ProblemSeverity.Error, Message = message, File = files, Key = key }],
    };
}
