using System.Net;
using L4Proxy.DataPlane;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.Demo;

/// <summary>One endpoint of the demo at one moment.</summary>
internal sealed record DemoRow(
    string Name, IPEndPoint Address, bool Alive, bool Ejected, int Open, long Connections, long Failures, long Timeouts, long Ejections)
{
    /// <summary>What happened to the backend, and what the proxy does about it.</summary>
    public string State => (Alive, Ejected) switch
    {
        (true, false) => "up",
        (true, true) => "up, ejected",
        (false, false) => "dead",
        (false, true) => "dead, ejected",
    };

    public static IReadOnlyList<DemoRow> Read(ProxyServer server, IReadOnlyList<DemoBackend> backends)
    {
        List<EndpointState> states = [.. server.Services.SelectMany(s => s.Endpoints)];
        return
        [
            .. from backend in backends
               join state in states on backend.Address equals state.Address
               select new DemoRow(
                   backend.Name,
                   backend.Address,
                   backend.Alive,
                   state.Ejected,
                   state.Active,
                   state.Connections,
                   state.DialFailures,
                   state.DialTimeouts,
                   state.Ejections),
        ];
    }

    /// <summary>Whether nothing but traffic is different.</summary>
    public bool SameEvents(DemoRow other) => this with { Open = other.Open, Connections = other.Connections } == other;

    /// <summary>For an output that is no terminal.</summary>
    public override string ToString() =>
        $"{Name} {Address} {State}: {Open} open, {Connections} connections, {Failures} failures, {Timeouts} timeouts, {Ejections} ejections";
}
