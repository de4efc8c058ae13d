using System.Net;
using L4Proxy.ControlPlane;
using L4Proxy.ControlPlane.Sync;
using L4Proxy.DataPlane.Services;
using Xunit;

namespace L4Proxy.Tests.Sync;

public sealed class SnapshotComparerTests
{
    [Fact]
    public void Equals_SameContentInOtherObjects_IsTrue()
    {
        Assert.Equal(Snapshot(Entry()), Snapshot(Entry()), SnapshotComparer.Instance);
        Assert.Equal(SnapshotComparer.Instance.GetHashCode(Snapshot(Entry())), SnapshotComparer.Instance.GetHashCode(Snapshot(Entry())));
    }

    [Fact]
    public void Equals_AnyDifference_IsFalse()
    {
        ServiceEntry entry = Entry();
        ServiceEntry[] others =
        [
            entry with { Key = entry.Key with { Port = "x" } },
            entry with { Options = entry.Options with { MaxConnections = 1 } },
            entry with { Frontends = [] },
            entry with { Frontends = [entry.Frontends[0] with { Kind = FrontendKind.NodePort }] },
            entry with { Endpoints = [] },
            entry with { Endpoints = [entry.Endpoints[0] with { Weight = 2 }] },
            entry with { Endpoints = [entry.Endpoints[0] with { Usable = false }] },
        ];

        Assert.All(others, other => Assert.NotEqual(Snapshot(entry), Snapshot(other), SnapshotComparer.Instance));
        Assert.NotEqual(Snapshot(entry), Snapshot(), SnapshotComparer.Instance);
        Assert.NotEqual(Snapshot(entry), Snapshot(entry) with { PodNetworks = NetworkSet.Of([IPNetwork.Parse("10.0.0.0/8")]) }, SnapshotComparer.Instance);
        SourceSnapshot captured = Snapshot(entry);
        captured = captured with { Table = captured.Table with { CaptureListeners = [new IPEndPoint(IPAddress.Any, 10261)] } };
        Assert.NotEqual(Snapshot(entry), captured, SnapshotComparer.Instance);
        Problem problem = new() { Severity = ProblemSeverity.Note, Message = "m" };
        Assert.NotEqual(Snapshot(entry), Snapshot(entry) with { Problems = [problem] }, SnapshotComparer.Instance);
    }

    private static SourceSnapshot Snapshot(params ServiceEntry[] entries) => new(new ServiceTable([.. entries]), []);

    private static ServiceEntry Entry() => new()
    {
        Key = new ServicePortKey("default", "web", "", ServiceProtocol.Tcp),
        Frontends = [new FrontendEntry(new IPEndPoint(IPAddress.Loopback, 80), FrontendKind.ClusterIP)],
        Endpoints = [new EndpointEntry { Address = new IPEndPoint(IPAddress.Loopback, 8080) }],
        Options = new ServiceOptions { Dial = new DialOptions() },
    };
}
