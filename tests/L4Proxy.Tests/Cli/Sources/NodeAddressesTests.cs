using System.Collections.Immutable;
using L4Proxy.Cli.Sources;
using L4Proxy.ControlPlane.Settings;
using L4Proxy.ControlPlane.Translation;
using L4Proxy.Options;
using Xunit;

namespace L4Proxy.Tests.Cli.Sources;

public sealed class NodeAddressesTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("192.0.2.7,2001:db8::7", "192.0.2.7,2001:db8::7")]
    [InlineData("primary", "")]
    [InlineData("192.0.2.7,10.0.0.0/8", "")] // the address that a load balancer asks may be one of the network
    public void Of_NodePortAddresses_HealthChecksListenThereOrEverywhere(string nodePorts, string expected)
    {
        NodePortAddressFormat format = new();
        ImmutableArray<NodePortAddress> addresses =
            [.. nodePorts.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(t => format.TryParse(t, out NodePortAddress value) ? value : throw new FormatException(t))];
        ProxyConfiguration configuration = ProxyConfiguration.Default with { NodePortAddresses = addresses };

        Assert.Equal(expected, string.Join(',', NodeAddresses.Of(configuration, SourceKind.Kubernetes)!.HealthCheckAddresses));
    }
}
