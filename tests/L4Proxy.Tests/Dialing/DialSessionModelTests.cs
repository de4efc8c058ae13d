using FsCheck;
using FsCheck.Fluent;
using L4Proxy.DataPlane.Dialing;
using L4Proxy.DataPlane.Services;
using L4Proxy.Tests.Balancing;
using Xunit;

namespace L4Proxy.Tests.Dialing;

public sealed class DialSessionModelTests
{
    [Fact]
    public void AnyEvents_KeepThePromisesOfTheDialPolicy()
    {
        Gen<DialEvent> step =
            from kind in Gen.Elements(Enum.GetValues<DialEventKind>())
            from delay in Gen.Elements(0, 1, 20, 60, 99, 250, 1500)
            from slot in Gen.Choose(0, 1)
            from error in Gen.Elements(Enum.GetValues<DialError>())
            from number in Gen.Choose(0, 1_000_000)
            select new DialEvent(kind, delay, slot, error, number);
        Scripts.Check(step, steps: 200, runs: 300, script =>
        {
            DialHarness harness = new(seed: script.Length == 0 ? 0 : script[0].Number);
            foreach (DialEvent e in script)
            {
                harness.Apply(e);
            }

            harness.Finish();
        });
    }

    [Theory]
    [InlineData(BalanceMethod.RoundRobin, AffinityKind.None)]
    [InlineData(BalanceMethod.LeastConnections, AffinityKind.ClientIP)]
    [InlineData(BalanceMethod.Random, AffinityKind.None)]
    [InlineData(BalanceMethod.SourceHash, AffinityKind.ClientIP)]
    public void Search_WithRetryAndHedge_AllocatesNothing(BalanceMethod balance, AffinityKind affinity)
    {
        ServiceOptions options = new()
        {
            Balance = balance,
            Affinity = new AffinityOptions { Kind = affinity },
            Ejection = new EjectionOptions { ConsecutiveFailures = 0, ConsecutiveTimeouts = 0 },
        };
        ServiceState service = Sample.Service(options, 5);
        DialSession session = new();
        Run(service, session, 100);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Run(service, session, 1000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(1100, service.Endpoints.Sum(e => e.Connections));

        static void Run(ServiceState service, DialSession session, int times)
        {
            for (int i = 0; i < times; i++)
            {
                session.Begin(service, Sample.Client(i % 50), EndpointScope.Cluster, i);
                _ = session.Next(i);
                session.Failed(0, DialError.Refused, i);
                _ = session.Next(i);
                _ = session.Next(i);
                DialStep hedge = session.Next(i + 100);
                session.Connected(hedge.Slot, i + 101).Release();
            }
        }
    }
}
