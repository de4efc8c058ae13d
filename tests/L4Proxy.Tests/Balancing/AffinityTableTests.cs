using FsCheck;
using FsCheck.Fluent;
using L4Proxy.DataPlane.Balancing;
using L4Proxy.DataPlane.Services;
using Xunit;

namespace L4Proxy.Tests.Balancing;

public sealed class AffinityTableTests
{
    private const long Timeout = 1000;

    private static readonly EndpointState[] s_endpoints = [.. Enumerable.Range(0, 4).Select(i => new EndpointState(Sample.Address(i)))];

    public enum Operation
    {
        Find,
        Pin,
        PinOver,
        Set,
        Drop,
    }

    private static UInt128 Client(int index) => Sample.Client(index).Address;

    private static EndpointState Pin(AffinityTable table, int client, int endpoint, long nowMs) =>
        table.Pin(Client(client), s_endpoints[endpoint], replaced: null, nowMs, Timeout);

    [Fact]
    public void Find_UsedWithinTimeout_IsRenewed()
    {
        AffinityTable table = new(10);
        Assert.Same(s_endpoints[0], Pin(table, 1, 0, nowMs: 0));
        for (long now = 0; now < 20 * Timeout; now += Timeout - 1)
        {
            Assert.Same(s_endpoints[0], table.Find(Client(1), now, Timeout));
        }
    }

    [Fact]
    public void Find_TimeoutReached_IsGone()
    {
        AffinityTable table = new(10);
        _ = Pin(table, 1, 0, nowMs: 0);
        Assert.Null(table.Find(Client(1), Timeout, Timeout));
        Assert.Equal(0, table.Count);
    }

    [Fact]
    public void Find_TimeoutChanged_AppliesToPinsThatExist()
    {
        AffinityTable table = new(10);
        _ = Pin(table, 1, 0, nowMs: 0);
        Assert.NotNull(table.Find(Client(1), 5 * Timeout, 10 * Timeout));
        Assert.Null(table.Find(Client(1), 8 * Timeout, Timeout));
    }

    [Fact]
    public void Pin_Taken_TheFirstHolds()
    {
        AffinityTable table = new(10);
        _ = Pin(table, 1, 0, nowMs: 0);
        Assert.Same(s_endpoints[0], Pin(table, 1, 2, nowMs: 1));
        Assert.Same(s_endpoints[2], table.Pin(Client(1), s_endpoints[2], replaced: s_endpoints[0], 2, Timeout));
    }

    [Fact]
    public void Drop_OtherEndpoint_PinStays()
    {
        AffinityTable table = new(10);
        _ = Pin(table, 1, 0, nowMs: 0);
        table.Drop(Client(1), s_endpoints[3]);
        Assert.Equal(1, table.Count);
        table.Drop(Client(1), s_endpoints[0]);
        Assert.Equal(0, table.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(10_000)]
    public void Pin_MoreClientsThanFit_TheLeastRecentlyUsedAreOut(int maxEntries)
    {
        AffinityTable table = new(maxEntries);
        for (int i = 0; i < 10 * maxEntries; i++)
        {
            _ = Pin(table, i, i % 4, nowMs: i / 1000);
            Assert.InRange(table.Count, 1, maxEntries);
        }

        Assert.Equal(maxEntries, table.Count);

        // In stripes the order is exact within each only: clients share them out unevenly.
        int recent = Enumerable.Range(10 * maxEntries - (maxEntries * 3 / 4), maxEntries * 3 / 4)
            .Count(i => table.Find(Client(i), 10 * maxEntries / 1000, long.MaxValue) is not null);
        Assert.Equal(maxEntries * 3 / 4, recent);
    }

    [Fact]
    public void Pin_OldPinsExpired_TheirPlaceIsReclaimed()
    {
        AffinityTable table = new(1000);
        for (int i = 0; i < 500; i++)
        {
            _ = Pin(table, i, 0, nowMs: 0);
        }

        for (int i = 500; i < 1000; i++)
        {
            _ = Pin(table, i, 0, nowMs: Timeout);
        }

        Assert.Equal(500, table.Count);
    }

    [Fact]
    public void Resized_Smaller_KeepsTheMostRecent()
    {
        AffinityTable table = new(20_000);
        for (int i = 0; i < 10_000; i++)
        {
            _ = Pin(table, i, i % 4, nowMs: i / 10);
        }

        AffinityTable small = table.Resized(100);
        Assert.Equal(100, small.Count);
        Assert.Equal(100, small.MaxEntries);
        Assert.All(Enumerable.Range(9950, 50), i => Assert.Same(s_endpoints[i % 4], small.Find(Client(i), 1000, Timeout)));
        Assert.Equal(100, small.Resized(20_000).Count);
    }

    [Fact]
    public void Find_Hit_AllocatesNothing()
    {
        AffinityTable table = new(65536);
        for (int i = 0; i < 1000; i++)
        {
            _ = Pin(table, i, 0, nowMs: 0);
        }

        Assert.Equal(1000, Hits());
        long before = GC.GetAllocatedBytesForCurrentThread();
        int hits = Hits();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(1000, hits);

        int Hits()
        {
            int sum = 0;
            for (int i = 0; i < 1000; i++)
            {
                sum += table.Find(Client(i), 1, Timeout) is null ? 0 : 1;
            }

            return sum;
        }
    }

    [Fact]
    public void New_NeverUsed_CostsNextToNothing()
    {
        _ = new AffinityTable(65536);
        long before = GC.GetAllocatedBytesForCurrentThread();
        AffinityTable table = new(65536);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 256);
        Assert.Equal(0, table.Count);
    }

    [Fact]
    public void AnyOperations_BehaveLikeADictionaryInOrderOfUse()
    {
        Gen<(Operation Operation, int Client, int Endpoint, int DelayMs)> step =
            from operation in Gen.Elements(Enum.GetValues<Operation>())
            from client in Gen.Choose(0, 12)
            from endpoint in Gen.Choose(0, 3)
            from delay in Gen.Elements(0, 0, 1, 50, 400)
            select (operation, client, endpoint, delay);
        Scripts.Check(step, steps: 300, runs: 150, script =>
        {
            AffinityTable table = new(8);
            AffinityModel model = new(8, Timeout);
            long now = 0;
            foreach ((Operation operation, int client, int endpoint, int delay) in script)
            {
                now += delay;
                EndpointState target = s_endpoints[endpoint];
                EndpointState? expected = model.Apply(operation, client, target, now);
                Assert.Same(expected, Apply(table, operation, Client(client), target, now));
                Assert.InRange(table.Count, 0, 8);
            }
        });
    }

    [Fact]
    public async Task AnyOperations_OnManyThreads_StayBoundedAndConsistent()
    {
        AffinityTable table = new(5000);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            Random random = new(thread);
            for (int i = 0; i < 100_000; i++)
            {
                // A client's endpoint follows from its number, so that a mix-up of slots shows.
                int client = random.Next(20_000);
                EndpointState endpoint = s_endpoints[client % 4];
                EndpointState? found = Apply(table, (Operation)random.Next(5), Client(client), endpoint, i / 100);
                Assert.True(found is null || ReferenceEquals(found, endpoint));
            }
        })));
        Assert.InRange(table.Count, 1, 5000);
    }

    private static EndpointState? Apply(AffinityTable table, Operation operation, UInt128 client, EndpointState endpoint, long nowMs)
    {
        switch (operation)
        {
            case Operation.Find:
                return table.Find(client, nowMs, Timeout);
            case Operation.Pin:
                return table.Pin(client, endpoint, replaced: null, nowMs, Timeout);
            case Operation.PinOver:
                return table.Pin(client, endpoint, replaced: table.Find(client, nowMs, Timeout), nowMs, Timeout);
            case Operation.Set:
                table.Set(client, endpoint, nowMs);
                return null;
            default:
                table.Drop(client, endpoint);
                return null;
        }
    }
}
