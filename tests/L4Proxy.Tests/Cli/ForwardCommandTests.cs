using System.CommandLine;
using System.Net;
using L4Proxy.Cli;
using L4Proxy.DataPlane;
using L4Proxy.DataPlane.Services;
using Xunit;

namespace L4Proxy.Tests.Cli;

public sealed class ForwardCommandTests
{
    [Theory]
    [InlineData("80=a:1")]
    [InlineData("80=a:1 0=b:1 --balance source-hash --affinity client-ip --affinity-timeout 10s")]
    [InlineData("80=a:1 --engine portable --log-format json --log-level debug --access-log --drain-timeout 0 --ready-file x")]
    public void Parse_Allowed_HasNoErrors(string line) => Assert.Empty(Parse(line).Errors);

    [Theory]
    [InlineData("", "Required argument missing for command: 'forward'.")]
    [InlineData("80", "spec '80': '=' is missing")]
    [InlineData("80=a:1 80=b:1", "listener 127.0.0.1:80 is already taken by '80=a:1'")]
    [InlineData("80=a:1 --affinity client-ip --affinity-timeout 0", "--affinity-timeout: '0' is not allowed; allowed is a duration in whole seconds from 1s to 1d")]
    [InlineData("80=a:1 --affinity-timeout 10s", "--affinity-timeout has no effect without --affinity client-ip")]
    public void Parse_Mistake_IsNamedWithWhatIsAllowed(string line, string expected) =>
        Assert.Contains(expected, Assert.Single(Parse(line).Errors).Message, StringComparison.Ordinal);

    [Fact]
    public void Describe_Listener_ShowsRealAddressAndBackends()
    {
        ServiceEntry service = new()
        {
            Key = new ServicePortKey("", "x", "", ServiceProtocol.Tcp),
            Frontends = [new FrontendEntry(new IPEndPoint(IPAddress.Loopback, 0), FrontendKind.Forward)],
            Endpoints =
            [
                new EndpointEntry { Address = new IPEndPoint(IPAddress.Loopback, 19001) },
                new EndpointEntry { Address = new IPEndPoint(IPAddress.IPv6Loopback, 19002), Weight = 3 },
            ],
        };
        ListenerStatus listener = new(service.Key, service.Frontends[0], new IPEndPoint(IPAddress.Loopback, 18080), Open: true, Error: null);
        Assert.Equal("forwarding 127.0.0.1:18080 -> 127.0.0.1:19001, [::1]:19002 weight 3", ForwardCommand.Describe(listener, service));
        Assert.Equal(
            "forwarding 127.0.0.1:18080 -> no address yet",
            ForwardCommand.Describe(listener, service with { Endpoints = [] }));
    }

    private static ParseResult Parse(string line) =>
        new RootCommand { ForwardCommand.Build() }.Parse(["forward", .. line.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
}
