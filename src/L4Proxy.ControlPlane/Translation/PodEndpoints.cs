using System.Net;
using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>
/// Endpoints from the Pods that a Service selects, as the EndpointSlice controller makes slices of them: Pods with
/// an address and not in a final phase; ready by their Ready condition; terminating ones are kept and marked.
/// </summary>
internal sealed class PodEndpoints : IPortEndpoints
{
    private readonly Service _service;
    private readonly List<Pod> _matching;

    public PodEndpoints(Service service, IEnumerable<Pod> pods)
    {
        _service = service;
        // An empty selector selects nothing here: it says that somebody else writes the endpoints.
        _matching = service.Spec.Selector.Count == 0 ? [] : [.. pods.Where(Matches)];
    }

    public string? WhyNone => _service.Spec.Selector.Count == 0
        ? "no EndpointSlice or Endpoints belongs to it, and it has no selector for Pods"
        : _matching.Count == 0
            ? "no EndpointSlice or Endpoints belongs to it, and no Pod matches its selector"
            : "of the Pods that match its selector none has a status.podIP, a live phase and the target port";

    public void AddTo(List<EndpointCandidate> candidates, ServicePort port)
    {
        foreach (Pod pod in _matching)
        {
            if (IsAlive(pod) && PodPorts.Find(pod, port) is { } number)
            {
                candidates.AddRange(Addresses(pod).Select(address => Candidate(pod, address, number)));
            }
        }
    }

    /// <inheritdoc/>
    public int ReadyOn(string nodeName) => _matching
        .Where(p => p.Spec.NodeName == nodeName && IsAlive(p))
        .SelectMany(p => Addresses(p).Take(1).Select(a => Candidate(p, a, 0)))
        .Where(c => c.Ready)
        .DistinctBy(c => c.Address)
        .Count();

    private static bool IsAlive(Pod pod) => pod.Status.Phase is not ("Succeeded" or "Failed");

    private EndpointCandidate Candidate(Pod pod, IPAddress address, int port)
    {
        bool serving = pod.Status.Conditions.Any(c => c is { Type: "Ready", Status: "True" });
        bool terminating = pod.Metadata.DeletionTimestamp is not null;
        return new EndpointCandidate
        {
            Address = address,
            Port = port,
            // Slices never say ready of a terminating Pod unless the Service wants addresses that are not.
            Ready = _service.Spec.PublishNotReadyAddresses == true || (serving && !terminating),
            Serving = serving,
            Terminating = terminating,
            NodeName = pod.Spec.NodeName,
            TargetName = pod.Metadata.Name,
        };
    }

    /// <summary>The Pod's addresses of the Service's families; the first one when the Service names no family.</summary>
    private IEnumerable<IPAddress> Addresses(Pod pod)
    {
        List<IPAddress> all = [];
        foreach (string? text in pod.Status.PodIPs.Select(p => (string?)p.IP).Prepend(pod.Status.PodIP))
        {
            if (EndpointAddressText.TryParse(text, out IPAddress? address) && !all.Contains(address))
            {
                all.Add(address);
            }
        }

        bool saysFamily = _service.Spec.IPFamilies.Count > 0 || _service.ClusterAddresses().Any();
        List<IPAddress> wanted = [.. all.Where(a => saysFamily && _service.HasFamily(a.AddressFamily))];
        return wanted.Count > 0 ? wanted : all.Take(1);
    }

    private bool Matches(Pod pod) => _service.Spec.Selector.All(wanted =>
        pod.Metadata.Labels.TryGetValue(wanted.Key, out string? value) && value == wanted.Value);
}
