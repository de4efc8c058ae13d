using System.Net;
using FsCheck;
using FsCheck.Fluent;
using L4Proxy.DataPlane.Services;
using Xunit;

namespace L4Proxy.Tests.Services;

public sealed class NetworkSetTests
{
    private static readonly Gen<IPNetwork> s_networks =
        from bytes in Gen.OneOf(Gen.ArrayOf(Gen.Choose(0, 255).Select(b => (byte)b), 4), Gen.ArrayOf(Gen.Choose(0, 255).Select(b => (byte)b), 16), s_mapped)
        from length in Gen.OneOf(Gen.Choose(0, bytes.Length * 8), Gen.Elements(0, 8, 31, 32, bytes.Length * 8))
        select Network(bytes, length);

    private static Gen<byte[]> s_mapped =>
        Gen.ArrayOf(Gen.Choose(0, 255).Select(b => (byte)b), 4).Select(b => new IPAddress(b).MapToIPv6().GetAddressBytes());

    [Theory]
    [InlineData("0.0.0.0/0", "198.51.100.7", true)]
    [InlineData("0.0.0.0/0", "::ffff:198.51.100.7", true)]
    [InlineData("0.0.0.0/0", "2001:db8::1", false)]
    [InlineData("::/0", "2001:db8::1", true)]
    [InlineData("::/0", "198.51.100.7", false)]
    [InlineData("::/0", "::ffff:198.51.100.7", false)]
    [InlineData("198.51.100.7/32", "198.51.100.7", true)]
    [InlineData("198.51.100.7/32", "198.51.100.6", false)]
    [InlineData("::ffff:198.51.100.0/120", "198.51.100.7", true)]
    [InlineData("2001:db8::1/128", "2001:db8::1", true)]
    [InlineData("2001:db8::1/128", "2001:db8::", false)]
    [InlineData("10.0.0.0/8", "10.255.255.255", true)]
    [InlineData("10.0.0.0/8", "11.0.0.0", false)]
    public void Contains_OneNetwork_FollowsItsPrefix(string network, string client, bool expected) =>
        Assert.Equal(expected, NetworkSet.Of([IPNetwork.Parse(network)]).Contains(Client(IPAddress.Parse(client))));

    [Fact]
    public void Contains_Empty_HasNobody() => Assert.False(NetworkSet.Empty.Contains(Client(IPAddress.Loopback)));

    [Fact]
    public void Contains_AnyNetworks_AgreesWithIPNetwork() => Prop.ForAll(
        Gen.ListOf(s_networks).ToArbitrary(), Gen.Choose(0, 127).ToArbitrary(), (networks, bit) =>
        {
            NetworkSet set = NetworkSet.Of(networks);
            foreach (IPNetwork network in networks)
            {
                // At a network's edges is where a wrong prefix shows.
                foreach (IPAddress client in new[] { network.BaseAddress, Flipped(network.BaseAddress, bit) })
                {
                    Assert.Equal(networks.Any(n => Has(n, client)), set.Contains(Client(client)));
                    Assert.Equal(set.Contains(Client(client)), set.Contains(Client(client.MapToIPv6())));
                }
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Of_AnyOrder_IsEqual() => Prop.ForAll(Gen.ListOf(s_networks).ToArbitrary(), networks =>
    {
        NetworkSet set = NetworkSet.Of(networks);
        NetworkSet other = NetworkSet.Of(networks.Concat(networks).Reverse());
        Assert.Equal(set, other);
        Assert.Equal(set.GetHashCode(), other.GetHashCode());
        Assert.Equal(networks.Distinct().Count(), set.Networks.Length);
        Assert.Equal(networks.Count == 0, set.IsEmpty);
    }).QuickCheckThrowOnFailure();

    private static ClientAddress Client(IPAddress address) => ClientAddress.From(new IPEndPoint(address, 40000));

    /// <summary>The model: an IPv4 address and its mapped form are one client, and families never meet.</summary>
    private static bool Has(IPNetwork network, IPAddress client)
    {
        bool isMapped = network.BaseAddress.IsIPv4MappedToIPv6 && network.PrefixLength >= 96;
        IPNetwork plain = isMapped ? new IPNetwork(network.BaseAddress.MapToIPv4(), network.PrefixLength - 96) : network;
        return plain.Contains(client.IsIPv4MappedToIPv6 ? client.MapToIPv4() : client);
    }

    private static IPAddress Flipped(IPAddress address, int bit)
    {
        byte[] bytes = address.GetAddressBytes();
        bytes[bit / 8 % bytes.Length] ^= (byte)(1 << (bit % 8));
        return new IPAddress(bytes);
    }

    private static IPNetwork Network(byte[] bytes, int length)
    {
        for (int bit = length; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        }

        return new IPNetwork(new IPAddress(bytes), Math.Min(length, bytes.Length * 8));
    }
}
