using L4Proxy.Cli.Table;
using L4Proxy.ControlPlane;
using L4Proxy.DataPlane.Services;
using Xunit;

namespace L4Proxy.Tests.Cli;

public sealed class TableTextTests
{
    [Fact]
    public void Write_Table_IsAlignedAndFitsATerminal()
    {
        string text = TableText.Write(SampleTable.Snapshot, ServiceOptions.Default);

        Assert.Equal(
            """
            default/empty
              listen     [::1]:9000  host-port
              policy     round-robin, affinity none
              endpoints  none: clients are refused

            default/web:http
              listen     127.1.0.10:80    cluster-ip
                         127.0.0.1:30080  node-port
              policy     least-connections, affinity client-ip for 3h
              settings   idle-timeout     10m
                         max-connections  100
              endpoints  10.0.0.1:8080   ready                         weight 3, web-7d4f9, node-1, zone-a
                         10.0.0.12:8080  terminating, serving, unused  web-b0rk5

            shop/checkout
              listen     10.96.0.17:443   cluster-ip     at 127.0.0.1:40110
                         203.0.113.7:443  load-balancer  at a free port of 127.0.0.1, local endpoints from outside, only from 198.51.100.0/24
              policy     round-robin, affinity none
              endpoints  10.244.1.5:8443  ready, local  node-1
                         10.244.2.9:8443  ready         node-2

            health checks of load balancers
              ports      32100  shop/checkout  local endpoints: 1

            """.Replace("\r\n", "\n", StringComparison.Ordinal),
            text);
    }

    [Fact]
    public void Write_NoServices_SaysSo() => Assert.Equal("No Service port to serve.\n", TableText.Write(new SourceSnapshot(ServiceTable.Empty, []), ServiceOptions.Default));

    [Fact]
    public void Write_ControlCharacterInAName_DoesNotReachTheTerminal()
    {
        ServiceEntry entry = SampleTable.Snapshot.Table.Services[1];
        EndpointEntry endpoint = entry.Endpoints[0] with { TargetName = "web\u001b[2J\nforged" };
        string text = TableText.Write(new SourceSnapshot(new ServiceTable([entry with { Endpoints = [endpoint] }]), []), ServiceOptions.Default);
        Assert.Contains("web?[2J?forged", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Words_EveryValue_HasItsWord()
    {
        Assert.Equal(Enum.GetValues<FrontendKind>(), TableWords.FrontendKinds.Choices.Select(c => c.Value));
        Assert.Equal(Enum.GetValues<ServiceProtocol>(), TableWords.Protocols.Choices.Select(c => c.Value));
    }
}
