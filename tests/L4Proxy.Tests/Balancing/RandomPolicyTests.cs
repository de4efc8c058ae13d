using L4Proxy.DataPlane.Services;
using Xunit;

namespace L4Proxy.Tests.Balancing;

public sealed class RandomPolicyTests
{
    [Theory]
    [InlineData(new[] { 1, 1, 1, 1, 1, 1, 1 })]
    [InlineData(new[] { 1, 2, 3, 10 })]
    [InlineData(new[] { 0, 5, 5 })]
    public void Pick_Often_IsInProportionToTheWeights(int[] weights)
    {
        ServiceState service = Sample.Weighted(BalanceMethod.Random, weights);
        int[] counts = service.CountPicks(weights.Length, 100_000);
        Assert.All(weights.Zip(counts), c => Assert.Equal(c.First == 0, c.Second == 0));
        ChiSquare.AssertProportional([.. counts.Where(c => c > 0)], weights.Where(w => w > 0));
    }
}
