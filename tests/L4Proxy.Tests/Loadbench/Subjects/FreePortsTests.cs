using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using L4Proxy.Loadbench.Load;
using L4Proxy.Loadbench.Subjects;
using Xunit;

namespace L4Proxy.Tests.Loadbench.Subjects;

public sealed class FreePortsTests
{
    [Fact]
    public void Take_Some_AreDifferentAndNotInUse()
    {
        FreePorts ports = new();
        using TcpListener taken = new(ports.Take());
        taken.Start();

        ImmutableArray<IPEndPoint> others = new FreePorts().Take(50);

        Assert.Equal(50, others.Distinct().Count());
        Assert.DoesNotContain((IPEndPoint)taken.LocalEndpoint, others);
    }

    /// <summary>A scenario with a thousand listeners takes more in all its rounds than there are.</summary>
    [Fact]
    public void Take_LeaseAfterLease_NeverRunsOut()
    {
        FreePorts ports = NarrowPorts();
        IPEndPoint kept = ports.Take();

        for (int round = 0; round < 20; round++)
        {
            using IDisposable lease = ports.Lease();
            Assert.DoesNotContain(kept, ports.Take(5));
        }
    }

    [Fact]
    public void Take_MoreThanThereAre_SaysSo()
    {
        FreePorts ports = NarrowPorts();

        LoadException none = Assert.Throws<LoadException>(() => ports.Take(17));

        Assert.StartsWith("there is no free port on 127.0.0.1 from ", none.Message, StringComparison.Ordinal);
    }

    /// <summary>16 ports in a row, some of which others may hold.</summary>
    private static FreePorts NarrowPorts() => new(new FreePorts().Take().Port, 16);
}
