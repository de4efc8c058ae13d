using System.Collections.Immutable;
using L4Proxy.ControlPlane.Translation;
using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Kubernetes.Watching;

/// <summary>The objects that are in force, as snapshots. For one thread at a time.</summary>
/// <param name="options">What is watched.</param>
/// <param name="scopes">The lists that make it complete.</param>
/// <param name="host">Which addresses this host has.</param>
internal sealed class LiveState(KubernetesSourceOptions options, ImmutableArray<ResourceScope> scopes, IHostAddresses host)
{
    private readonly LiveTranslator _translator = new(options.Translation, host);
    private readonly HashSet<ResourceScope> _missing = [.. scopes];
    private readonly HashSet<NamespacedName> _unseen = [.. options.Services];
    private readonly SortedDictionary<string, Problem> _faults = new(StringComparer.Ordinal);
    private bool _hasNode;
    private bool _ownChanged = true;
    private ImmutableArray<Problem> _translated;
    private ImmutableArray<Problem> _problems = [];

    /// <summary>Whether every list was complete once.</summary>
    public bool IsComplete => _missing.Count == 0;

    public void Apply(DeltaBatch batch)
    {
        _missing.ExceptWith(batch.Listed);
        foreach ((ObjectId id, Problem? problem) in batch.Problems)
        {
            string key = id.ToString();
            if (problem is not null)
            {
                _faults[key] = problem;
                _ownChanged = true;
            }
            else
            {
                _ownChanged |= _faults.Remove(key);
            }
        }

        foreach ((ObjectId id, IKubernetesObject? value) in batch.Objects)
        {
            Apply(id, value);
        }
    }

    /// <summary>The table of all objects as they are now.</summary>
    public SourceSnapshot Build()
    {
        TranslationResult result = _translator.Build();
        if (_ownChanged || _translated != result.Problems)
        {
            _translated = result.Problems;
            Problem[] own = [.. OwnProblems()];
            _problems = own.Length == 0 ? _translated : [.. own, .. _translated];
            _ownChanged = false;
        }

        return result.ToSnapshot() with { Problems = _problems };
    }

    private void Apply(ObjectId id, IKubernetesObject? value)
    {
        switch (value)
        {
            case Service service:
                _translator.Set(service);
                break;
            case EndpointSlice slice:
                _translator.Set(slice);
                break;
            case Node node:
                _translator.SetNode(node);
                break;
            case null when id.Kind == ResourceKind.Services.Kind:
                _translator.RemoveService(id.Namespace, id.Name);
                break;
            case null when id.Kind == ResourceKind.EndpointSlices.Kind:
                _translator.RemoveSlice(id.Namespace, id.Name);
                break;
            default:
                _translator.SetNode(null);
                break;
        }

        if (id.Kind == ResourceKind.Nodes.Kind)
        {
            _ownChanged |= _hasNode != value is not null;
            _hasNode = value is not null;
        }
        else if (id.Kind == ResourceKind.Services.Kind && !options.Services.IsEmpty)
        {
            NamespacedName name = new(id.Namespace, id.Name);
            _ownChanged |= value is null ? options.Services.Contains(name) && _unseen.Add(name) : _unseen.Remove(name);
        }
    }

    /// <summary>What is wrong with objects, and what somebody named that is not there.</summary>
    private IEnumerable<Problem> OwnProblems()
    {
        foreach (Problem fault in _faults.Values)
        {
            yield return fault;
        }

        foreach (NamespacedName name in _unseen.Where(n => !IsFaulty(n)).OrderBy(n => n.ToString(), StringComparer.Ordinal))
        {
            yield return Missing($"Service {name}", "the cluster has no such Service; it is served when there is one");
        }

        if (options.NodeName is { } node && !_hasNode)
        {
            yield return Missing(
                $"Node {node}",
                options.Translation.IsNodeNameAssumed
                    ? "the cluster has no Node of this host's name, and no other name is given: no endpoint counts as local, and policies Local are taken for Cluster"
                    : "the cluster has no such Node: zone and networks of this node are not known");
        }
    }

    /// <summary>Whether there is such a Service, but none that can be read.</summary>
    private bool IsFaulty(NamespacedName name) =>
        _faults.ContainsKey(new ObjectId(ResourceKind.Services.Kind, name.Namespace, name.Name).ToString());

    private static Problem Missing(string subject, string message) =>
        new() { Severity = ProblemSeverity.Warning, Object = subject, Message = message };
}
