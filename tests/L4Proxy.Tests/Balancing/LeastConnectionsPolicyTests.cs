using L4Proxy.DataPlane.Services;
using Xunit;

namespace L4Proxy.Tests.Balancing;

public sealed class LeastConnectionsPolicyTests
{
    private static ServiceState Service(params int[] weights) => Sample.Weighted(BalanceMethod.LeastConnections, weights);

    [Fact]
    public void Pick_AllIdle_IsUniform() =>
        ChiSquare.AssertUniform(Service(1, 1, 1, 1, 1).CountPicks(5, 100_000));

    [Fact]
    public void Pick_TwoEndpoints_NeverTheBusierOne()
    {
        ServiceState service = Service(1, 1);
        service.At(0).Acquire();
        Assert.Equal([0, 10_000], service.CountPicks(2, 10_000));
    }

    [Fact]
    public void Pick_DrawnWithoutReplacement_BusiestOfManyIsNeverPicked()
    {
        ServiceState service = Service(1, 1, 1, 1);
        service.At(2).Acquire();
        int[] counts = service.CountPicks(4, 50_000);
        Assert.Equal(0, counts[2]);
        ChiSquare.AssertUniform([counts[0], counts[1], counts[3]]);
    }

    [Fact]
    public void Pick_Loads_AreComparedByWeight()
    {
        // 10 connections at weight 10 is less than 2 at weight 1.
        ServiceState service = Service(10, 1);
        for (int i = 0; i < 10; i++)
        {
            service.At(0).Acquire();
        }

        service.At(1).Acquire();
        service.At(1).Acquire();
        Assert.Equal([1000, 0], service.CountPicks(2, 1000));
    }

    [Fact]
    public void Pick_IdleWeighted_FollowsTheWeights() =>
        ChiSquare.AssertProportional(Service(3, 1).CountPicks(2, 100_000), 3, 1);

    [Fact]
    public void Pick_ConnectionsThatStay_LevelOut()
    {
        ServiceState service = Service([.. Enumerable.Repeat(1, 20)]);
        for (int i = 0; i < 20_000; i++)
        {
            service.Endpoints[service.PickIndex()].Acquire();
        }

        // The power of two choices keeps the largest excess at log log n / log 2, a few connections, however many come.
        Assert.All(service.Endpoints, e => Assert.InRange(e.Active, 1000 - 10, 1000 + 10));
    }

    [Fact]
    public void Pick_OneEndpoint_IsIt() => Assert.Equal(0, Service(1).PickIndex());
}
