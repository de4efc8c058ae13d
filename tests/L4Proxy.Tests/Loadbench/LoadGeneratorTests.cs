using System.Net;
using L4Proxy.Loadbench.Backends;
using L4Proxy.Loadbench.Load;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using Xunit;

namespace L4Proxy.Tests.Loadbench;

public sealed class LoadGeneratorTests : IDisposable
{
    private readonly BackendServer _server;

    public LoadGeneratorTests()
    {
        Requires.Linux();
        _server = new BackendServer([new IPEndPoint(IPAddress.Loopback, 0), new IPEndPoint(IPAddress.Loopback, 0)], threads: 1);
    }

    private IPEndPoint Target => _server.EndPoints[0];

    public void Dispose() => _server.Dispose();

    [Theory]
    [InlineData(nameof(LoadKind.Exchange), 1, 1)]
    [InlineData(nameof(LoadKind.Exchange), 100, 3)]
    [InlineData(nameof(LoadKind.ConnectExchange), 1, 1)]
    [InlineData(nameof(LoadKind.ConnectExchange), 10, 2)]
    public async Task Run_ClosedModel_CountsWhatTheServerAnswered(string kind, int connections, int threads)
    {
        LoadResult result = await (Plans.Closed(Enum.Parse<LoadKind>(kind), Target, connections) with { Threads = threads }).RunAsync();

        Assert.Empty(result.Errors);
        Assert.True(result.Operations > 10, $"{result.Operations} operations");
        Assert.Equal(result.Operations, result.Service.Count);
        Assert.Null(result.Response);
        Assert.Null(result.AskedRate);
        Assert.InRange(result.BytesReceived / (BackendAnswer.HeadLength + 63), result.Operations - connections, result.Operations + connections);
        Assert.InRange(result.FirstByte.Count, result.Operations - connections, result.Operations + connections);
        Assert.True(result.FirstByte.Quantile(0.5) <= result.Service.Quantile(0.5));
        Assert.True(result.ProcessorTime > TimeSpan.Zero);

        // The system's timers may be a little early.
        Assert.True(result.Elapsed > TimeSpan.FromMilliseconds(240), $"{result.Elapsed}");
    }

    [Theory]
    [InlineData(nameof(LoadKind.Exchange))]
    [InlineData(nameof(LoadKind.ConnectExchange))]
    public async Task Run_OpenModel_KeepsTheRate(string kind)
    {
        LoadPlan plan = Plans.Open(Enum.Parse<LoadKind>(kind), Target, rate: 400, connections: 8) with
        {
            Threads = 2,
            Duration = TimeSpan.FromSeconds(0.5),
        };
        LoadResult result = await plan.RunAsync();

        Assert.Empty(result.Errors);
        Assert.Equal(400, result.AskedRate);
        AssertAllThatWereDueAreTold(result, due: 400 * result.Elapsed.TotalSeconds);
    }

    [Theory]
    [InlineData(nameof(LoadKind.Exchange), null)]
    [InlineData(nameof(LoadKind.Exchange), 2000.0)]
    [InlineData(nameof(LoadKind.ConnectExchange), null)]
    public async Task Run_SteadyState_AllocatesNothingForAnOperation(string kind, double? rate)
    {
        LoadPlan plan = Plans.Closed(Enum.Parse<LoadKind>(kind), Target) with { Rate = rate, WarmUp = TimeSpan.FromMilliseconds(200) };
        LoadResult result = await plan.RunAsync();

        Assert.True(result.Operations > 100);
        Assert.True(result.AllocatedBytes < result.Operations, $"{result.AllocatedBytes} bytes for {result.Operations} operations");
    }

    [Fact]
    public async Task Run_Ramp_ReachesItsMean()
    {
        LoadPlan plan = Plans.Open(LoadKind.Exchange, Target, rate: 100) with { RampTo = 900, Duration = TimeSpan.FromSeconds(0.5) };
        LoadResult result = await plan.RunAsync();

        Assert.Equal(500, result.AskedRate);
        AssertAllThatWereDueAreTold(result, due: 500 * 0.5);
    }

    [Theory]
    [InlineData(5_000_000, 0)]
    [InlineData(0, 5_000_000)]
    [InlineData(5_000_000, 5_000_000)]
    [InlineData(300_000, 10)]
    public async Task Run_LargeBodies_AreWhole(long answer, long body)
    {
        LoadPlan plan = Plans.Closed(LoadKind.Exchange, Target) with { Exchange = body > 0 ? Plans.Post(answer, body) : Plans.Get(answer) };
        LoadResult result = await plan.RunAsync();

        Assert.Empty(result.Errors);
        Assert.True(result.Operations > 0);
        Assert.True(result.BytesReceived >= (result.Operations - 4) * answer);
        Assert.True(result.BytesSent >= (result.Operations - 4) * body);
    }

    [Fact]
    public async Task Run_AnswersThatEndTheirConnection_AreNoErrors()
    {
        LoadPlan plan = Plans.Closed(LoadKind.Exchange, Target) with
        {
            Exchange = new ExchangePlan("GET /5 HTTP/1.1\r\nConnection: close\r\n\r\n"u8.ToArray(), 0, AnswerEnd.Http),
        };
        LoadResult result = await plan.RunAsync();

        Assert.Empty(result.Errors);
        Assert.True(result.Operations > 10);
    }

    [Fact]
    public async Task Run_AnswersThatEndByClose_AreWhole()
    {
        LoadPlan plan = Plans.Closed(LoadKind.ConnectExchange, Target) with
        {
            Exchange = new ExchangePlan("GET /5 HTTP/1.0\r\n\r\n"u8.ToArray(), 0, AnswerEnd.Close),
        };
        LoadResult result = await plan.RunAsync();

        Assert.Empty(result.Errors);
        Assert.True(result.Operations > 10);
        Assert.InRange(result.BytesReceived / (BackendAnswer.HeadLength + 5), result.Operations - 4, result.Operations + 4);
    }

    [Fact]
    public async Task Run_Hold_TellsWhenAllAreOpenAndEndsWhenAsked()
    {
        using CancellationTokenSource stop = new();
        TaskCompletionSource begun = new(), ended = new();
        LoadPlan plan = Plans.Closed(LoadKind.Hold, Target, connections: 200) with
        {
            Threads = 2,
            Duration = TimeSpan.FromHours(1),
            Stop = stop.Token,
            Begun = begun.SetResult,
            Ended = ended.SetResult,
        };
        Task<LoadResult> running = plan.RunAsync();
        await begun.Task.Within();
        await stop.CancelAsync();
        LoadResult result = await running;

        Assert.True(ended.Task.IsCompleted);
        Assert.Empty(result.Errors);
        Assert.Equal(200, result.Operations);
        Assert.Equal(200, result.Service.Count);
    }

    [Fact]
    public async Task Run_Ends_NoConnectionIsClosedBeforeTheCallbackIsThrough()
    {
        int closed = 0;
        await using TcpBackend server = TcpBackend.Start(IPFamily.IPv4, async (connection, _) =>
        {
            byte[] request = new byte[5];
            while (await connection.ReceiveAsync(request) > 0)
            {
                await connection.SendTextAsync("+PONG\n");
            }

            Interlocked.Increment(ref closed);
        });
        int closedMeanwhile = -1;
        LoadPlan plan = Plans.Closed(LoadKind.Exchange, server.EndPoint) with
        {
            Exchange = Plans.Line("PING\n"),
            Ended = () =>
            {
                // Several times as long as a thread of the generator may sleep.
                Thread.Sleep(100);
                closedMeanwhile = Volatile.Read(ref closed);
            },
        };
        LoadResult result = await plan.RunAsync();

        Assert.Empty(result.Errors);
        Assert.Equal(0, closedMeanwhile);
        await Eventually.True(() => Volatile.Read(ref closed) == plan.Connections);
    }

    [Theory]
    [InlineData(nameof(LoadKind.Exchange), 40_000, 40)]
    [InlineData(nameof(LoadKind.Hold), 1_000_000, 280)]
    [InlineData(nameof(LoadKind.ConnectExchange), 40_000, 30)]
    public void OpeningLimitOf_ManyConnections_LeavesTimeToOpenThem(string kind, int connections, double seconds)
    {
        LoadPlan plan = Plans.Closed(Enum.Parse<LoadKind>(kind), Target, connections);
        Assert.Equal(seconds, LoadGenerator.OpeningLimitOf(plan).TotalSeconds);
    }

    [Fact]
    public void SourceOf_MoreConnectionsThanLocalPortsOfOneAddress_TakesOtherAddresses()
    {
        LoadPlan plan = Plans.Closed(LoadKind.Hold, Target);
        Assert.True(LoadTargets.SourceOf(plan, 19_999).IsEmpty);
        Assert.Equal([127, 0, 0, 2], LoadTargets.SourceOf(plan, 20_000).Span[4..8].ToArray());
        Assert.True(LoadTargets.SourceOf(plan with { Targets = [.. _server.EndPoints] }, 39_999).IsEmpty);
        Assert.True(LoadTargets.SourceOf(plan with { Targets = [new IPEndPoint(IPAddress.IPv6Loopback, 1)] }, 20_000).IsEmpty);
    }

    [Fact]
    public async Task Run_Cancelled_Throws()
    {
        using CancellationTokenSource cancellation = new();
        LoadPlan plan = Plans.Closed(LoadKind.Exchange, Target) with { Duration = TimeSpan.FromHours(1), Begun = cancellation.Cancel };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new LoadGenerator().RunAsync(plan, cancellation.Token).Within());
    }

    [Fact]
    public async Task Run_CallbackFails_EndsTheThreads()
    {
        LoadPlan plan = Plans.Closed(LoadKind.Exchange, Target) with { Begun = () => throw new LoadException("no") };

        await Assert.ThrowsAsync<LoadException>(plan.RunAsync);
    }

    [Fact]
    public async Task Run_KeepAnswerEndingByClose_IsRefused()
    {
        LoadPlan plan = Plans.Closed(LoadKind.Exchange, Target) with { Exchange = new ExchangePlan(default, 0, AnswerEnd.Close) };

        await Assert.ThrowsAsync<LoadException>(plan.RunAsync);
    }

    /// <summary>
    /// Whether the machine is slow or not: what was due has ended or waits. Of each connection one may have ended just after the count.
    /// </summary>
    private static void AssertAllThatWereDueAreTold(LoadResult result, double due)
    {
        Assert.InRange(result.Response!.Count, (0.95 * due) - 8, (2 * due) + 100);
        Assert.InRange(result.Operations, 1, result.Response.Count);
    }
}
