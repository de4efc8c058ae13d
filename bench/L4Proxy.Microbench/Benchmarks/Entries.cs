using System.Collections.Immutable;
using System.Net;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.Microbench.Benchmarks;

/// <summary>Entries of Service ports with addresses that nobody dials.</summary>
internal static class Entries
{
    private const int EndpointPort = 8080;

    /// <summary>A Service port; its number gives its key, its cluster IP and its endpoints.</summary>
    /// <param name="number">From 0 on.</param>
    /// <param name="endpoints">How many.</param>
    /// <param name="options">How it is served.</param>
    public static ServiceEntry Of(int number, int endpoints, ServiceOptions? options = null) => new()
    {
        Key = new ServicePortKey("bench", $"service-{number:D5}", "http", ServiceProtocol.Tcp),
        Frontends = [new FrontendEntry(new IPEndPoint(Address(96, number), 80), FrontendKind.ClusterIP)],
        Endpoints = [.. Enumerable.Range(0, endpoints).Select(i => EndpointOf((number * endpoints) + i))],
        Options = options ?? ServiceOptions.Default,
    };

    /// <summary>Service ports in the order of their keys.</summary>
    public static ImmutableArray<ServiceEntry> Table(int services, int endpoints) => [.. Enumerable.Range(0, services).Select(i => Of(i, endpoints))];

    /// <summary>The table with another endpoint in place of the last one of a Service port in its middle.</summary>
    public static ImmutableArray<ServiceEntry> WithOneChange(ImmutableArray<ServiceEntry> table)
    {
        int middle = table.Length / 2;
        ServiceEntry entry = table[middle];
        EndpointEntry other = EndpointOf(table.Length * entry.Endpoints.Length);
        return table.SetItem(middle, entry with { Endpoints = entry.Endpoints.SetItem(entry.Endpoints.Length - 1, other) });
    }

    /// <summary>In 10.x.0.0/14, of which each thing has its own.</summary>
    public static IPAddress Address(int second, int number) => new([10, (byte)(second + (number >> 16)), (byte)(number >> 8), (byte)number]);

    private static EndpointEntry EndpointOf(int number) => new() { Address = new IPEndPoint(Address(128, number), EndpointPort) };
}
