using System.Net;
using L4Proxy.ControlPlane.KernelRules.Ipvs;
using Xunit;

namespace L4Proxy.Tests.KernelRules.Ipvs;

/// <summary>What <c>ip -json</c> says of this host.</summary>
public sealed class HostAddressesTests
{
    [Fact]
    public void Parse_Listing_TellsOwnAddressesFromThoseOfTheDevice()
    {
        const string Listing = """
            [{"ifname":"lo","addr_info":[{"local":"127.0.0.1"},{"local":"10.244.1.1"},{"local":"::1"}]},{},
            {"ifname":"eth0","addr_info":[{"local":"192.0.2.1","prefixlen":24},{"local":"2001:db8::1"},{"local":"fe80::1"}]},
            {"ifname":"l4p-ipvs0","addr_info":[{"local":"10.96.0.1"},{"local":"fd00::1"},{"local":"fe80::2"}]}]
            """;

        var addresses = HostAddresses.Parse(Listing);

        Assert.Equal([.. Of("10.244.1.1", "192.0.2.1", "2001:db8::1")], addresses.Own.ToHashSet());
        Assert.Equal([.. Of("10.96.0.1", "fd00::1")], addresses.OnDevice!.ToHashSet());
    }

    [Fact]
    public void Parse_NoDevice_IsNotAnEmptyOne() => Assert.Null(HostAddresses.Parse("[]").OnDevice);

    [Theory]
    [InlineData("""[{"ifname":"l4p-ipvs0","ifalias":"ip_forward=0 vs/conntrack=0"}]""", "ip_forward=0 vs/conntrack=0")]
    [InlineData("""[{"ifname":"l4p-ipvs0"}]""", "")]
    [InlineData("[]", "")]
    public void ParseAlias_Listing_IsTheAlias(string json, string alias) => Assert.Equal(alias, HostAddresses.ParseAlias(json));

    private static HashSet<IPAddress> Of(params IEnumerable<string> addresses) => [.. addresses.Select(IPAddress.Parse)];
}
