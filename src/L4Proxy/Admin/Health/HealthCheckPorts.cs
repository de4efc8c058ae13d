using System.Collections.Immutable;
using System.Net;
using L4Proxy.Admin.Http;
using L4Proxy.ControlPlane;

namespace L4Proxy.Admin.Health;

/// <summary>Keeps the listeners of the health check node ports that the snapshot in force has. Not for several threads at a time.</summary>
/// <param name="server">Where they listen.</param>
/// <param name="addresses">Addresses of each port; empty for all of this host.</param>
/// <param name="state">The proxy's health, which is a part of the answer.</param>
internal sealed class HealthCheckPorts(AdminServer server, ImmutableArray<IPAddress> addresses, NodeHealthState state)
{
    /// <summary>Connections at once on one port: load balancers check from a few addresses, and there may be a port for each Service.</summary>
    private const int MaxConnections = 16;

    private readonly ImmutableArray<IPAddress> _addresses = addresses.IsDefaultOrEmpty ? [IPAddress.Any] : addresses;
    private Dictionary<(string Namespace, string Name, int Port), Served> _served = [];

    /// <summary>Follows a snapshot. A port that stays keeps its sockets; one that goes is free before others are opened.</summary>
    public async Task ApplyAsync(ImmutableArray<HealthCheckNodePort> wanted)
    {
        if (wanted.IsEmpty && _served.Count == 0)
        {
            return;
        }

        Dictionary<(string Namespace, string Name, int Port), Served> served = [];
        foreach (HealthCheckNodePort port in wanted)
        {
            if (_served.Remove(Key(port), out Served? known))
            {
                served[Key(port)] = known;
            }
        }

        foreach (AdminBinding gone in _served.Values.SelectMany(s => s.Bindings))
        {
            await server.RemoveAsync(gone);
        }

        foreach (HealthCheckNodePort port in wanted)
        {
            if (!served.TryGetValue(Key(port), out Served? found))
            {
                served.Add(Key(port), found = Open(port));
            }

            found.Route.LocalEndpoints = port.LocalEndpoints;
        }

        _served = served;
    }

    /// <summary>Where a port really listens, as far as it could be bound.</summary>
    public IEnumerable<IPEndPoint> AddressesOf(HealthCheckNodePort port) =>
        _served.TryGetValue(Key(port), out Served? found) ? found.Bindings.Select(server.AddressOf).OfType<IPEndPoint>() : [];

    private static (string Namespace, string Name, int Port) Key(HealthCheckNodePort port) => (port.Namespace, port.Name, port.Port);

    private Served Open(HealthCheckNodePort port)
    {
        // The count is there before the first client can ask for it.
        HealthCheckRoute route = new(port.Namespace, port.Name, state) { LocalEndpoints = port.LocalEndpoints };
        ImmutableArray<AdminBinding> bindings =
            [.. _addresses.Select(a => new AdminBinding($"health check of {port.Namespace}/{port.Name}", new IPEndPoint(a, port.Port), route, MaxConnections) { IsShared = true })];
        foreach (AdminBinding binding in bindings)
        {
            server.Add(binding);
        }

        return new Served(route, bindings);
    }

    private sealed record Served(HealthCheckRoute Route, ImmutableArray<AdminBinding> Bindings);
}
