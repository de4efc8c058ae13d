using System.Globalization;
using System.Text.Json;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using Xunit;

namespace L4Proxy.SystemTests;

/// <summary><c>l4proxy forward</c> as a process: what it prints, serves, and how it ends.</summary>
public sealed class ForwardTests
{
    [Theory]
    [InlineData("linux")]
    [InlineData("portable")]
    public async Task Forward_TwoBackends_ServesBothInTurnAndSaysWhere(string engine)
    {
        await using TcpBackend a = TcpBackend.Start(IPFamily.IPv4, Scripts.Say("a"));
        await using TcpBackend b = TcpBackend.Start(IPFamily.IPv6, Scripts.Say("b"));
        string spec = $"0={a.EndPoint},{b.EndPoint}";
        await using ServingProcess proxy = await ServingProcess.StartAsync("forward", "--engine", engine, spec);

        Assert.Equal(spec, Assert.Single(proxy.Listeners).Name);
        string answers = "";
        for (int i = 0; i < 4; i++)
        {
            answers += await AskAsync(proxy);
        }

        Assert.Contains(answers, new[] { "abab", "baba" }, StringComparer.Ordinal);
        await Eventually.Equal($"forwarding {proxy.Address} -> {a.EndPoint}, {b.EndPoint}\n", () => proxy.Output);

        await proxy.SignalAsync("TERM");
        Assert.Equal(0, await proxy.ExitCodeAsync());
        Assert.False(File.Exists(proxy.ReadyFile));
        Assert.Contains("stopped: waited for 0 connections, 0 of them were reset\n", proxy.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Forward_SeveralSpecsAndNames_AreAllServed()
    {
        await using TcpBackend backend = TcpBackend.Start(IPFamily.IPv4, Scripts.Say("hello"));
        await using ServingProcess proxy = await ServingProcess.StartAsync(
            "forward", $"tcp:127.0.0.1:0=localhost:{backend.EndPoint.Port}", $"[::1]:0={backend.EndPoint}/weight=5");
        Assert.Equal(2, proxy.Listeners.Length);
        foreach ((_, System.Net.IPEndPoint address) in proxy.Listeners)
        {
            using TcpPeer client = await TcpPeer.ConnectAsync(address);
            Assert.Equal("hello", await client.ReceiveTextToEndAsync());
        }
    }

    [Theory]
    [InlineData("linux")]
    [InlineData("portable")]
    public async Task Forward_PortOfAnotherServer_IsOneLineAndExitCode2(string engine)
    {
        await using TcpBackend other = TcpBackend.Start(IPFamily.IPv4, Scripts.Echo);
        ProgramRun run = await ProgramRun.ToEndAsync(
            "forward", "--engine", engine, "--log-level", "warning", $"{other.EndPoint}=127.0.0.1:1", "0=127.0.0.1:1");
        AssertPortTaken(run, other.EndPoint);
    }

    [Theory]
    [InlineData("linux")]
    [InlineData("portable")]
    public async Task Forward_PortOfAnotherProxy_IsOneLineAndExitCode2(string engine)
    {
        await using ServingProcess first = await ServingProcess.StartAsync("forward", "--engine", engine, "0=127.0.0.1:1");
        ProgramRun run = await ProgramRun.ToEndAsync("forward", "--engine", engine, "--log-level", "warning", $"{first.Address}=127.0.0.1:1");
        AssertPortTaken(run, first.Address);
    }

    [Theory]
    [InlineData("80", "spec '80': '=' is missing")]
    [InlineData("udp:53=dns:53", "UDP is not served yet")]
    [InlineData("0=127.0.0.1:1 --affinity-timeout 10s", "--affinity-timeout has no effect without --affinity client-ip")]
    [InlineData("0=127.0.0.1:1 --balance fair", "'fair' is not allowed; allowed is one of round-robin, least-connections, random, source-hash")]
    public async Task Forward_Mistake_IsNamedAndExitCode1(string arguments, string expected)
    {
        ProgramRun run = await ProgramRun.ToEndAsync(["forward", .. arguments.Split(' ')]);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
        Assert.Equal("", run.Output);
    }

    [Theory]
    [InlineData("linux")]
    [InlineData("portable")]
    public async Task Stop_SecondSignal_ResetsAtOnceAndSaysHowMany(string engine)
    {
        await using TcpBackend backend = TcpBackend.Start(IPFamily.IPv4, Scripts.Banner("hello"));
        await using ServingProcess proxy = await ServingProcess.StartAsync("forward", "--engine", engine, "--drain-timeout", "1h", $"0={backend.EndPoint}");
        using TcpPeer client = await TcpPeer.ConnectAsync(proxy.Address);
        Assert.Equal("hello", await client.ReceiveTextAsync(5));

        await proxy.SignalAsync("TERM");
        await Eventually.True(() => proxy.Error.Contains("stopping: waiting up to 3600 s for 1 connections", StringComparison.Ordinal));
        await client.SendTextAsync("still served");
        Assert.Equal("still served", await client.ReceiveTextAsync(12));

        await proxy.SignalAsync("TERM");
        Assert.Equal(StreamEnd.Reset, await client.ReadToEndAsync());
        Assert.Equal(0, await proxy.ExitCodeAsync());
        Assert.Contains("stopped: waited for 1 connections, 1 of them were reset\n", proxy.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_Interrupt_DrainsAsTerminateDoes()
    {
        // A shell's background job ignores SIGINT and hands that down; env(1) undoes it.
        await using ServingProcess proxy = await ServingProcess.StartAsync(["env", "--default-signal=INT"], ["forward", "0=127.0.0.1:1"]);
        await proxy.SignalAsync("INT");
        Assert.Equal(0, await proxy.ExitCodeAsync());
        Assert.Contains("stopped: ", proxy.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HangUp_WhileServing_ReloadsAndGoesOn()
    {
        await using TcpBackend backend = TcpBackend.Start(IPFamily.IPv4, Scripts.Say("hello"));
        await using ServingProcess proxy = await ServingProcess.StartAsync("forward", $"0={backend.EndPoint}");
        await proxy.SignalAsync("HUP");
        await Eventually.True(() => proxy.Error.Contains("reloading", StringComparison.Ordinal));
        Assert.Equal("hello", await AskAsync(proxy));
    }

    [Theory]
    [InlineData("linux")]
    [InlineData("portable")]
    public async Task Log_JsonWithAccessLog_IsOneObjectALine(string engine)
    {
        await using TcpBackend backend = TcpBackend.Start(IPFamily.IPv4, Scripts.Say("hello"));
        await using ServingProcess proxy = await ServingProcess.StartAsync(
            "forward", "--engine", engine, "--log-format", "json", "--access-log", $"0={backend.EndPoint}");
        Assert.Equal("hello", await AskAsync(proxy));
        await Eventually.True(() => proxy.Error.Contains("L4Proxy.Access", StringComparison.Ordinal));
        await proxy.SignalAsync("TERM");
        Assert.Equal(0, await proxy.ExitCodeAsync());

        JsonElement[] lines = [.. proxy.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)];
        Assert.All(lines, l => Assert.NotEqual(default, l.GetProperty("Timestamp").GetDateTimeOffset()));
        JsonElement access = Assert.Single(lines, l => l.GetProperty("Category").GetString() == "L4Proxy.Access");
        Assert.Equal(backend.EndPoint.ToString(), access.GetProperty("Endpoint").GetString());
        Assert.Equal(5, access.GetProperty("BytesDown").GetInt64());
        Assert.Equal("--", access.GetProperty("End").GetString());
    }

    [Fact]
    public async Task AccessLog_EveryEndpointRefuses_TellsRetriesAndReason()
    {
        using RefusedPort a = new(IPFamily.IPv4);
        using RefusedPort b = new(IPFamily.IPv4);
        await using ServingProcess proxy = await ServingProcess.StartAsync("forward", "--access-log", $"0={a.EndPoint},{b.EndPoint}");
        using (TcpPeer client = await TcpPeer.ConnectAsync(proxy.Address))
        {
            Assert.Equal(StreamEnd.Reset, await client.ReadToEndAsync());
        }

        await Eventually.True(() => proxy.Error.Contains(" access ", StringComparison.Ordinal));
        string line = proxy.Error.Split('\n').Single(l => l.Contains(" access ", StringComparison.Ordinal));
        Assert.Matches(@" service=127\.0\.0\.1:0 endpoint=- .* bytes_up=0 bytes_down=0 retries=1 end=SC$", line);
    }

    /// <summary>
    /// Processor time stands for the time to be ready: it does not depend on what else the host is doing. The target is
    /// 600 ms from exec to ready; this build is not optimised, the published one is.
    /// </summary>
    [Fact]
    public async Task Idle_Process_IsReadySoonAndSmall()
    {
        await using ServingProcess proxy = await ServingProcess.StartAsync("forward", "0=127.0.0.1:1");
        Assert.InRange(proxy.ProcessorTime(), TimeSpan.Zero, TimeSpan.FromMilliseconds(600));
        Assert.InRange(proxy.Status("VmRSS"), 0, 60 * 1024);
    }

    [Fact]
    public async Task Start_LowSoftLimitOfDescriptors_IsRaisedToTheHardLimit()
    {
        await using ServingProcess proxy = await ServingProcess.StartAsync(
            ["sh", "-c", "ulimit -Sn 256; exec \"$@\"", "sh"], ["forward", "0=127.0.0.1:1"]);
        string[] limits = File.ReadLines($"/proc/{proxy.Id.ToString(CultureInfo.InvariantCulture)}/limits")
            .First(l => l.StartsWith("Max open files", StringComparison.Ordinal))
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(limits[4], limits[3]);
    }

    private static async Task<string> AskAsync(ServingProcess proxy)
    {
        using TcpPeer client = await TcpPeer.ConnectAsync(proxy.Address);
        return await client.ReceiveTextToEndAsync();
    }

    private static void AssertPortTaken(ProgramRun run, System.Net.IPEndPoint address)
    {
        Assert.Equal(2, run.ExitCode);
        string line = Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains($"cannot listen on {address}", line, StringComparison.Ordinal);
        Assert.Equal("", run.Output);
    }
}
