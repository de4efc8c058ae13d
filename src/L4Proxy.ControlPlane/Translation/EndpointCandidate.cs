using System.Net;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>What an object says about one endpoint of a Service port, before it is decided who uses it.</summary>
internal readonly record struct EndpointCandidate()
{
    public required IPAddress Address { get; init; }

    public int Port { get; init; }

    public int Weight { get; init; } = 1;

    public bool Ready { get; init; } = true;

    public bool Serving { get; init; } = true;

    public bool Terminating { get; init; }

    public string? NodeName { get; init; }

    public string? Zone { get; init; }

    public string? TargetName { get; init; }

    public TopologyHints? Hints { get; init; }

    public EndpointEntry ToEntry(bool usable, bool usableLocally, bool onThisNode) => new()
    {
        Address = new IPEndPoint(Address, Port),
        Weight = Weight,
        Ready = Ready,
        Serving = Serving,
        Terminating = Terminating,
        Usable = usable,
        UsableLocally = usableLocally,
        NodeName = NodeName,
        OnThisNode = onThisNode,
        Zone = Zone,
        TargetName = TargetName,
    };
}
