using System.Net;
using L4Proxy.DataPlane.Balancing;
using L4Proxy.DataPlane.Services;
using Xunit;

namespace L4Proxy.Tests.Balancing;

public sealed class SourceHashPolicyTests
{
    private const int Keys = 100_000;

    private static readonly ServiceOptions s_options = new() { Balance = BalanceMethod.SourceHash };

    private static EndpointState[] Map(ServiceState service) =>
        [.. Enumerable.Range(0, Keys).Select(i => service.PickEndpoint(Sample.Client(i)))];

    [Theory]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(150)]
    [InlineData(600)]
    public void Build_EqualWeights_SlotsDifferByOne(int endpoints)
    {
        ServiceState service = Sample.Service(s_options, endpoints);
        MaglevTable table = service.Current.Cluster.Pool.Maglev;
        int[] slots = new int[endpoints];
        for (int slot = 0; slot < table.Size; slot++)
        {
            slots[table.Find((ulong)slot)]++;
        }

        Assert.InRange(slots.Max() - slots.Min(), 0, 1);
        Assert.True(slots.Min() >= 100);
    }

    [Fact]
    public void Build_FewEndpoints_TableStaysSmall()
    {
        Assert.Equal(2039, Sample.Service(s_options, 20).Current.Cluster.Pool.Maglev.Size);
        Assert.Equal(65521, Sample.Service(s_options, 2000).Current.Cluster.Pool.Maglev.Size);
    }

    [Fact]
    public void Pick_ManyClients_FollowTheWeights()
    {
        int[] weights = [1, 2, 5, 0, 2];
        ServiceState service = Sample.Weighted(BalanceMethod.SourceHash, weights);
        Dictionary<int, int> counts = Map(service).CountBy(e => e.Index()).ToDictionary();
        Assert.False(counts.ContainsKey(3));

        // The table itself is off by up to a slot in a hundred, which a chi-square over so many keys would see.
        Assert.All(counts, c => Assert.InRange(c.Value, Keys * weights[c.Key] / 10 * 0.97, Keys * weights[c.Key] / 10 * 1.03));
    }

    [Fact]
    public void Pick_ManyClients_SpreadEvenly()
    {
        int[] counts = new int[10];
        foreach (EndpointState endpoint in Map(Sample.Service(s_options, 10)))
        {
            counts[endpoint.Index()]++;
        }

        Assert.All(counts, c => Assert.InRange(c, Keys / 10 * 0.95, Keys / 10 * 1.05));
    }

    [Fact]
    public void Rebind_OneOfTenLeaves_MovesFewOtherClients()
    {
        ServiceState service = Sample.Service(s_options, 10);
        EndpointState[] before = Map(service);
        service.Rebind(Sample.Entry(s_options, Enumerable.Range(0, 10).Where(i => i != 4).Select(i => Sample.Endpoint(i))));
        EndpointState[] after = Map(service);
        int moved = Enumerable.Range(0, Keys).Count(i => !ReferenceEquals(before[i], after[i]));
        int forced = before.Count(e => e.Index() == 4);
        Assert.InRange(moved, forced, Keys * 15 / 100);
    }

    [Fact]
    public void Pick_OrderOfEndpointsDiffers_ProxiesAgree()
    {
        ServiceState one = Sample.Service(s_options, [.. Enumerable.Range(0, 12).Select(i => Sample.Endpoint(i, 1 + (i % 3)))]);
        ServiceState other = Sample.Service(s_options, [.. Enumerable.Range(0, 12).Reverse().Select(i => Sample.Endpoint(i, 1 + (i % 3)))]);
        Assert.Equal(Map(one).Select(e => e.Address), Map(other).Select(e => e.Address));
    }

    [Fact]
    public void Pick_KnownClients_GoWhereEveryVersionSendsThem()
    {
        // These values hold over versions: nodes of a cluster are upgraded one after another.
        ServiceState service = Sample.Service(s_options, 10);
        Assert.Equal("4 5 3 3 9 3 0 2 7 2 8 7", string.Join(' ', Enumerable.Range(0, 12).Select(i => service.PickIndex(Sample.Client(i)))));
    }

    [Fact]
    public void Pick_SameClientOtherPortOrFamily_SameEndpoint()
    {
        ServiceState service = Sample.Service(s_options, 10);
        for (int i = 0; i < 1000; i++)
        {
            ClientAddress client = Sample.Client(i);
            IPAddress mapped = client.ToIPEndPoint().Address.MapToIPv6();
            int expected = service.PickIndex(client);
            Assert.Equal(expected, service.PickIndex(Sample.Client(i, port: 1)));
            Assert.Equal(expected, service.PickIndex(ClientAddress.From(new IPEndPoint(mapped, 9))));
        }
    }

    [Fact]
    public void Pick_Retry_SpreadsOverTheOthers()
    {
        ServiceState service = Sample.Service(s_options, 5);
        int[] counts = new int[5];
        foreach (int client in Enumerable.Range(0, Keys).Where(i => service.PickIndex(Sample.Client(i)) == 2))
        {
            counts[service.PickIndex(Sample.Client(client), attempt: 1)]++;
        }

        Assert.All(counts, c => Assert.InRange(c, counts.Sum() / 5 * 0.9, counts.Sum() / 5 * 1.1));
    }
}
