using L4Proxy.DataPlane.Services;
using Xunit;

namespace L4Proxy.Tests.Balancing;

public sealed class PickPolicyAllocationTests
{
    [Theory]
    [InlineData(BalanceMethod.RoundRobin)]
    [InlineData(BalanceMethod.LeastConnections)]
    [InlineData(BalanceMethod.Random)]
    [InlineData(BalanceMethod.SourceHash)]
    public void Pick_AnyPolicy_AllocatesNothing(BalanceMethod method)
    {
        foreach (ServiceState service in new[] { Sample.Weighted(method, 1, 1, 1, 1), Sample.Weighted(method, 1, 2, 3) })
        {
            _ = Run(service);
            long before = GC.GetAllocatedBytesForCurrentThread();
            int sum = Run(service);
            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
            Assert.True(sum > 0);
        }
    }

    private static int Run(ServiceState service)
    {
        int sum = 0;
        for (int i = 0; i < 10_000; i++)
        {
            sum += service.PickIndex(Sample.Client(i));
        }

        return sum;
    }
}
