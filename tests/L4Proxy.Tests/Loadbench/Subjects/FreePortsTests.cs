using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
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
}
