using System.Net;
using L4Proxy.ControlPlane.Names;
using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>Endpoints of a Service of type ExternalName: all addresses that its name has now.</summary>
internal sealed class NamedHostEndpoints(Service service, INameTable names, ProblemList problems) : IPortEndpoints
{
    private bool _reported;

    /// <summary>Nothing: a name that does not resolve is reported as that, and one that has not yet will soon.</summary>
    public string? WhyNone => null;

    private string Host => service.Spec.ExternalName ?? "";

    public void AddTo(List<EndpointCandidate> candidates, ServicePort port)
    {
        IEnumerable<IPAddress> addresses = Host.Length == 0 ? [] : names.Lookup(Host);
        Report();

        // The API gives the target port of an ExternalName no meaning; a name could only be one of a Pod's ports.
        int number = port.TargetNumber();
        candidates.AddRange(addresses.Where(EndpointAddressText.CanBeDialled).Select(address => new EndpointCandidate
        {
            Address = address,
            Port = number,
            TargetName = Host,
        }));
    }

    /// <inheritdoc/>
    public int ReadyOn(string nodeName) => 0;

    private void Report()
    {
        if (!_reported && Host.Length > 0 && names.ErrorOf(Host) is { } error)
        {
            _reported = true;
            problems.Warning(
                service, "spec.externalName", $"'{Shown.Text(Host)}' does not resolve: {error}; addresses known before stay in use");
        }
    }
}
