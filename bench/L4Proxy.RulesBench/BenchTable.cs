using System.Net;
using L4Proxy.ControlPlane;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.RulesBench;

/// <summary>A table of many Services, of which one changes at a time.</summary>
internal sealed class BenchTable
{
    private const int ServicePort = 80;
    private const int EndpointPort = 8080;

    private readonly ServiceEntry[] _entries;
    private int _generation;

    public BenchTable(int services, int endpoints)
    {
        // In the order of keys, which is ordinal.
        _entries = [.. Enumerable.Range(0, services).Select(i => Entry(i, endpoints)).OrderBy(e => e.Key)];
    }

    public SourceSnapshot Snapshot() => new(new ServiceTable([.. _entries]), [])
    {
        PodNetworks = NetworkSet.Of([IPNetwork.Parse("10.128.0.0/9")]),
    };

    /// <summary>Gives one Service another endpoint in place of its last.</summary>
    public void ChangeOneEndpoint()
    {
        _generation++;
        ref ServiceEntry entry = ref _entries[_generation * 7919 % _entries.Length];
        EndpointEntry replaced = new() { Address = new IPEndPoint(Address(172, 16, _generation), EndpointPort) };
        entry = entry with { Endpoints = entry.Endpoints.SetItem(entry.Endpoints.Length - 1, replaced) };
    }

    /// <summary>Gives one Service another cluster IP: its old address goes, a new one comes.</summary>
    public void ChangeOneAddress()
    {
        _generation++;
        ref ServiceEntry entry = ref _entries[_generation * 7919 % _entries.Length];
        entry = entry with { Frontends = [entry.Frontends[0] with { Address = new IPEndPoint(Address(10, 64, _generation), ServicePort) }] };
    }

    private static ServiceEntry Entry(int i, int endpoints) => new()
    {
        Key = new ServicePortKey("bench", $"svc-{i}", "http", ServiceProtocol.Tcp),
        Frontends = [new FrontendEntry(new IPEndPoint(Address(10, 0, i), ServicePort), FrontendKind.ClusterIP) { Captured = true }],
        Endpoints =
        [
            .. Enumerable.Range(0, endpoints)
                .Select(k => new EndpointEntry { Address = new IPEndPoint(Address(10, 128, (i * endpoints) + k), EndpointPort) }),
        ],
        SameFamily = true,
    };

    private static IPAddress Address(byte first, int second, int number)
    {
        int host = number + 1;
        return new IPAddress([first, (byte)(second + (host >> 16)), (byte)(host >> 8), (byte)host]);
    }

    /// <summary>For the message at the start.</summary>
    public override string ToString() => $"{_entries.Length} Services x {_entries[0].Endpoints.Length} endpoints";
}
