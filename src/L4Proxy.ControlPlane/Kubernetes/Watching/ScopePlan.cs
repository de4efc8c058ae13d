using System.Collections.Frozen;
using System.Collections.Immutable;
using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Kubernetes.Watching;

/// <summary>
/// What has to be watched for what is to be served. The selectors are kube-proxy's (cmd/kube-proxy/app/server.go), so
/// that the same objects are seen.
/// </summary>
internal static class ScopePlan
{
    private const string NotHeadless = "!service.kubernetes.io/headless";
    private const string ProxyName = "service.kubernetes.io/service-proxy-name";

    public static ImmutableArray<ResourceScope> Of(KubernetesSourceOptions options)
    {
        var scopes = ImmutableArray.CreateBuilder<ResourceScope>();
        if (!options.Services.IsEmpty)
        {
            foreach (IGrouping<string, NamespacedName> group in options.Services.Distinct().GroupBy(s => s.Namespace, StringComparer.Ordinal))
            {
                AddNamed(scopes, group.Key, [.. group.Select(s => s.Name).Order(StringComparer.Ordinal)]);
            }
        }
        else if (!options.Namespaces.IsEmpty)
        {
            foreach (string ns in options.Namespaces.Distinct(StringComparer.Ordinal))
            {
                AddAll(scopes, ns, options.Translation.ProxyName);
            }
        }
        else
        {
            AddAll(scopes, null, options.Translation.ProxyName);
        }

        if (options.NodeName is { } node)
        {
            // Nobody asked for it by name: who may not see Nodes is served as where there is no such Node.
            scopes.Add(new ResourceScope(ResourceKind.Nodes, null)
            {
                FieldSelector = $"metadata.name={node}",
                IsOptional = options.Translation.IsNodeNameAssumed,
            });
        }

        return scopes.ToImmutable();
    }

    /// <summary>
    /// The controller of EndpointSlices copies the labels of a Service to its slices, but who writes slices by hand need
    /// not: with a name of a proxy, slices are not selected by it.
    /// </summary>
    private static void AddAll(ImmutableArray<ResourceScope>.Builder scopes, string? ns, string? proxyName)
    {
        scopes.Add(new ResourceScope(ResourceKind.Services, ns)
        {
            LabelSelector = $"{NotHeadless},{(proxyName is null ? "!" + ProxyName : $"{ProxyName}={proxyName}")}",
            FieldSelector = "spec.clusterIP!=None",
        });
        scopes.Add(new ResourceScope(ResourceKind.EndpointSlices, ns)
        {
            LabelSelector = proxyName is null ? $"{NotHeadless},!{ProxyName}" : NotHeadless,
        });
    }

    /// <summary>
    /// Services that somebody named are watched whatever they are, so that it can be said why one is not served. A field
    /// selector takes one name only.
    /// </summary>
    private static void AddNamed(ImmutableArray<ResourceScope>.Builder scopes, string ns, ImmutableArray<string> names)
    {
        scopes.Add(new ResourceScope(ResourceKind.Services, ns)
        {
            FieldSelector = names.Length == 1 ? $"metadata.name={names[0]}" : null,
            Names = names.Length == 1 ? null : names.ToFrozenSet(StringComparer.Ordinal),
        });
        scopes.Add(new ResourceScope(ResourceKind.EndpointSlices, ns)
        {
            LabelSelector = names.Length == 1
                ? $"{EndpointSlice.ServiceNameLabel}={names[0]}"
                : $"{EndpointSlice.ServiceNameLabel} in ({string.Join(',', names)})",
        });
    }
}
