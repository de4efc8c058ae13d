using System.Net;
using L4Proxy.Loadbench.Load;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using Xunit;

namespace L4Proxy.Tests.Loadbench;

/// <summary>Each way that a server fails has its class, and no other.</summary>
public sealed class LoadErrorTests
{
    private static readonly TimeSpan s_short = TimeSpan.FromMilliseconds(60);

    public LoadErrorTests() => Requires.Linux();

    [Theory]
    [InlineData(nameof(LoadKind.Exchange))]
    [InlineData(nameof(LoadKind.ConnectExchange))]
    [InlineData(nameof(LoadKind.Hold))]
    public async Task Run_NobodyListens_IsRefused(string kind)
    {
        using RefusedPort port = new(IPFamily.IPv4);
        await ExpectAsync(LoadError.Refused, Plans.Closed(Enum.Parse<LoadKind>(kind), port.EndPoint));
    }

    [Fact]
    public async Task Run_NobodyListens_DoesNotSpin()
    {
        using RefusedPort port = new(IPFamily.IPv4);
        LoadResult result = await Plans.Closed(LoadKind.ConnectExchange, port.EndPoint, connections: 1).RunAsync();

        Assert.InRange(result.ErrorsOf(LoadError.Refused), 1, 2 + (result.Elapsed.TotalMilliseconds / 10));
    }

    [Fact]
    public async Task Run_AddressThatThisHostCannotUse_IsALocalError() =>
        // A link-local address means nothing without its link (RFC 4007, 6): the connect never leaves the system.
        await ExpectAsync(LoadError.Local, Plans.Closed(LoadKind.ConnectExchange, new IPEndPoint(IPAddress.Parse("fe80::1"), 80)));

    [Fact]
    public async Task Run_ConnectIsNotAnswered_IsATimeout()
    {
        using BlackHole hole = await BlackHole.StartAsync(IPFamily.IPv4);
        await ExpectAsync(LoadError.Timeout, Plans.Closed(LoadKind.ConnectExchange, hole.EndPoint) with { Timeout = s_short });
    }

    [Fact]
    public async Task Run_RequestIsNotAnswered_IsATimeout()
    {
        await using TcpBackend server = TcpBackend.Start(IPFamily.IPv4, Scripts.Stall);
        LoadResult result = await ExpectAsync(LoadError.Timeout, Plans.Closed(LoadKind.Exchange, server.EndPoint) with { Timeout = s_short });

        // Who waited in vain is not left out of how long clients wait.
        Assert.Equal(result.ErrorsOf(LoadError.Timeout), result.FirstByte.Count);
        Assert.True(result.FirstByte.Quantile(0.01) >= s_short, $"{result.FirstByte.Quantile(0.01)}");
    }

    [Theory]
    [InlineData(nameof(LoadKind.Exchange), null)]
    [InlineData(nameof(LoadKind.ConnectExchange), null)]
    [InlineData(nameof(LoadKind.ConnectExchange), 100.0)]
    public async Task Run_NeverAnsweredAndALongTimeout_IsStalledAtTheEnd(string kind, double? rate)
    {
        await using TcpBackend server = TcpBackend.Start(IPFamily.IPv4, Scripts.Stall);
        LoadPlan plan = Plans.Closed(Enum.Parse<LoadKind>(kind), server.EndPoint) with { Rate = rate, Grace = s_short };
        LoadResult result = await ExpectAsync(LoadError.Stalled, plan);

        Assert.Equal(plan.Connections, result.ErrorsOf(LoadError.Stalled));
        Assert.Equal(plan.Connections, result.FirstByte.Count);
        Assert.Equal(0, result.Operations);
    }

    [Fact]
    public async Task Run_ConnectIsNotAnsweredAndALongTimeout_IsStalledAtTheEnd()
    {
        using BlackHole hole = await BlackHole.StartAsync(IPFamily.IPv4);
        await ExpectAsync(LoadError.Stalled, Plans.Closed(LoadKind.ConnectExchange, hole.EndPoint) with { Grace = s_short });
    }

    [Theory]
    [InlineData(null)]
    [InlineData(100.0)]
    public async Task Run_AnswerComesWithinTheGrace_IsNoError(double? rate)
    {
        await using TcpBackend server = TcpBackend.Start(IPFamily.IPv4, async (connection, stopping) =>
        {
            byte[] request = new byte[5];
            while (await connection.ReceiveAsync(request) > 0)
            {
                await Task.Delay(5 * s_short, stopping);
                await connection.SendTextAsync("+PONG\n");
            }
        });
        LoadPlan plan = LinePlan(server.EndPoint) with { Rate = rate, WarmUp = TimeSpan.Zero, Duration = 2 * s_short, Grace = TimeSpan.FromMinutes(1) };
        LoadResult result = await plan.RunAsync();

        Assert.Empty(result.Errors);
        Assert.Equal(0, result.Operations);
        Assert.True(result.Response is null || result.Response.Longest >= 5 * s_short, $"{result.Response?.Longest}");
    }

    [Fact]
    public async Task Run_ServerResets_IsAReset()
    {
        await using TcpBackend server = TcpBackend.Start(IPFamily.IPv4, After("+PO", c => c.Reset()));
        await ExpectAsync(LoadError.Reset, LinePlan(server.EndPoint));
    }

    [Fact]
    public async Task Run_ServerClosesWithinAnAnswer_IsClosedEarly()
    {
        await using TcpBackend server = TcpBackend.Start(IPFamily.IPv4, After("+PO", c => c.FinishSending()));
        await ExpectAsync(LoadError.ClosedEarly, LinePlan(server.EndPoint));
    }

    [Fact]
    public async Task Run_ServerClosesBetweenExchanges_IsALostIdleConnection()
    {
        await using TcpBackend server = TcpBackend.Start(IPFamily.IPv4, After("+PONG\n", c => c.FinishSending()));
        LoadPlan plan = LinePlan(server.EndPoint) with { Rate = 20, Connections = 1 };
        LoadResult result = await plan.RunAsync();

        // A request that is late, because the machine is busy, may cross the close.
        Assert.True(result.ErrorsOf(LoadError.LostIdle) > 0);
        Assert.Empty(result.Errors.Keys.Except([LoadError.LostIdle, LoadError.ClosedEarly, LoadError.Reset]));
        Assert.True(result.Operations > 0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_ServerEndsHeldConnections_AreLostIdle(bool resets)
    {
        TaskCompletionSource begun = new();
        await using TcpBackend server = TcpBackend.Start(IPFamily.IPv4, async (connection, _) =>
        {
            await begun.Task.Within();
            if (resets)
            {
                connection.Reset();
            }
        });
        LoadResult result = await (Plans.Closed(LoadKind.Hold, server.EndPoint, connections: 3) with { Begun = begun.SetResult }).RunAsync();

        Assert.Equal(3, result.Operations);
        Assert.True(result.ErrorsOf(LoadError.LostIdle) >= 3);
    }

    [Theory]
    [InlineData("+PONG\n+PONG\n", nameof(AnswerEnd.Line))]
    [InlineData("12345", nameof(AnswerEnd.Bytes))]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n\r\n", nameof(AnswerEnd.Http))]
    [InlineData("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", nameof(AnswerEnd.Http))]
    public async Task Run_ServerAnswersSomethingElse_IsAWrongAnswer(string answer, string end)
    {
        await using TcpBackend server = TcpBackend.Start(IPFamily.IPv4, After(answer, _ => { }));
        LoadPlan plan = LinePlan(server.EndPoint) with
        {
            Exchange = new ExchangePlan("PING\n"u8.ToArray(), 0, Enum.Parse<AnswerEnd>(end), AnswerBytes: 4),
        };
        LoadResult result = await ExpectAsync(LoadError.WrongAnswer, plan);
        Assert.Equal(0, result.Operations);
    }

    [Fact]
    public async Task Run_ServerSpeaksFirstToAHeldConnection_IsNoError()
    {
        await using TcpBackend server = TcpBackend.Start(IPFamily.IPv4, Scripts.Banner("220 ready\r\n"));
        LoadResult result = await Plans.Closed(LoadKind.Hold, server.EndPoint).RunAsync();

        Assert.Empty(result.Errors);
        Assert.Equal(4, result.Operations);
    }

    private static LoadPlan LinePlan(IPEndPoint target) => Plans.Closed(LoadKind.Exchange, target) with { Exchange = Plans.Line("PING\n") };

    /// <summary>Answers each PING, and then does something to the connection.</summary>
    private static BackendScript After(string answer, Action<TcpPeer> then) => async (connection, _) =>
    {
        byte[] request = new byte[5];
        while (connection.Socket.Connected && await connection.ReceiveAsync(request) == request.Length)
        {
            await connection.SendTextAsync(answer);
            then(connection);
        }
    };

    private static async Task<LoadResult> ExpectAsync(LoadError error, LoadPlan plan)
    {
        LoadResult result = await plan.RunAsync();
        (LoadError seen, long count) = Assert.Single(result.Errors);
        Assert.Equal(error, seen);
        Assert.True(count > 0);
        return result;
    }
}
