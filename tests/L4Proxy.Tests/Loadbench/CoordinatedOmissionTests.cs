using System.Diagnostics;
using L4Proxy.Loadbench.Load;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using Xunit;

namespace L4Proxy.Tests.Loadbench;

/// <summary>A server that stalls once: an open model tells what all that came meanwhile would have waited.</summary>
public sealed class CoordinatedOmissionTests
{
    private const double Rate = 200;

    private static readonly TimeSpan s_stall = TimeSpan.FromMilliseconds(400);

    public CoordinatedOmissionTests() => Requires.Linux();

    [Theory]
    [InlineData(nameof(LoadKind.Exchange))]
    [InlineData(nameof(LoadKind.ConnectExchange))]
    public async Task Run_ServerStallsOnce_LatencyCountsFromTheIntendedStart(string kind)
    {
        long stallsFrom = long.MaxValue;
        int stalls = 0;
        await using TcpBackend server = TcpBackend.Start(IPFamily.IPv4, async (connection, stopping) =>
        {
            byte[] request = new byte[5];
            while (await connection.ReceiveAsync(request) > 0)
            {
                if (Stopwatch.GetTimestamp() >= Volatile.Read(ref stallsFrom) && Interlocked.Increment(ref stalls) == 1)
                {
                    await Task.Delay(s_stall, stopping);
                }

                await connection.SendTextAsync("+PONG\n");
            }
        });
        LoadPlan plan = Plans.Open(Enum.Parse<LoadKind>(kind), server.EndPoint, Rate, connections: 1) with
        {
            Exchange = Plans.Line("PING\n"),
            Duration = TimeSpan.FromSeconds(1),

            // Not at once: an exchange that was under way before does not count.
            Begun = () => Volatile.Write(ref stallsFrom, Stopwatch.GetTimestamp() + (Stopwatch.Frequency / 10)),
        };

        LoadResult result = await plan.RunAsync();

        // One exchange was slow. The 80 that were due while it was waited 0 to 400 ms: of all 200, a fifth more than 200 ms.
        Assert.Empty(result.Errors);
        Assert.True(result.Service.Longest > 0.9 * s_stall, $"longest {result.Service.Longest}");
        Assert.True(result.Service.Quantile(0.9) < s_stall / 4, $"service p90 {result.Service.Quantile(0.9)}");
        Assert.True(result.Response!.Quantile(0.9) > s_stall / 2, $"response p90 {result.Response.Quantile(0.9)}");
        Assert.True(result.Late >= 60, $"{result.Late} late");
    }

    [Fact]
    public async Task Run_EveryRequestTimesOut_IsInTheLatencyWithItsTime()
    {
        TimeSpan timeout = TimeSpan.FromMilliseconds(100);
        await using TcpBackend server = TcpBackend.Start(IPFamily.IPv4, Scripts.Stall);
        LoadPlan plan = Plans.Open(LoadKind.ConnectExchange, server.EndPoint, Rate, connections: 100) with { Timeout = timeout };

        LoadResult result = await plan.RunAsync();

        Assert.True(result.ErrorsOf(LoadError.Timeout) >= 0.5 * Rate * result.Elapsed.TotalSeconds, $"{result.ErrorsOf(LoadError.Timeout)} timeouts");
        Assert.True(result.Response!.Count >= result.ErrorsOf(LoadError.Timeout));
        Assert.True(result.Response.Quantile(0.1) >= timeout, $"p10 {result.Response.Quantile(0.1)}");
    }

    [Fact]
    public async Task Run_ServerStallsToTheEnd_WhatWasDueIsInTheLatency()
    {
        TaskCompletionSource begun = new();
        await using TcpBackend server = TcpBackend.Start(IPFamily.IPv4, async (connection, stopping) =>
        {
            byte[] request = new byte[5];
            while (await connection.ReceiveAsync(request) > 0)
            {
                if (begun.Task.IsCompleted)
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, stopping);
                }

                await connection.SendTextAsync("+PONG\n");
            }
        });
        LoadPlan plan = Plans.Open(LoadKind.Exchange, server.EndPoint, Rate) with
        {
            Exchange = Plans.Line("PING\n"),
            Duration = TimeSpan.FromSeconds(0.5),
            Begun = begun.SetResult,
        };

        LoadResult result = await plan.RunAsync();

        Assert.True(result.IsSaturated);
        double due = result.Elapsed.TotalSeconds * Rate;
        Assert.InRange(result.Response!.Count, 0.9 * due, 2 * due);
        Assert.InRange(result.Response.Quantile(0.5), 0.4 * result.Elapsed, 0.8 * result.Elapsed);
    }
}
