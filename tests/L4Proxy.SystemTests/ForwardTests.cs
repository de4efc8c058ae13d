using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Processes;
using Xunit;

namespace L4Proxy.SystemTests;

/// <summary><c>l4proxy forward</c> as a process: what it prints, serves, and how it ends.</summary>
public sealed class ForwardTests : ForwardTest
{
    [Theory, MemberData(nameof(Engines))]
    public async Task Forward_TwoBackends_ServesBothInTurnAndSaysWhere(string engine)
    {
        Requires.Linux();
        await using TcpBackend a = TcpBackend.Start(IPFamily.IPv4, Scripts.Say("a"));
        await using TcpBackend b = TcpBackend.Start(IPFamily.IPv6, Scripts.Say("b"));
        string spec = $"0={a.EndPoint},{b.EndPoint}";
        await using L4ProxyProcess proxy = await L4ProxyProcess.StartAsync(["forward", "--engine", engine, spec]);

        Assert.Equal(spec, Assert.Single(proxy.Names));
        string answers = "";
        for (int i = 0; i < 4; i++)
        {
            answers += await AskAsync(proxy);
        }

        Assert.Contains(answers, new[] { "abab", "baba" }, StringComparer.Ordinal);
        await Eventually.Equal($"forwarding {proxy.EndPoint} -> {a.EndPoint}, {b.EndPoint}\n", () => proxy.Process.Output);

        Assert.Equal(0, await proxy.StopAsync());
        Assert.False(File.Exists(proxy.ReadyFile));
        Assert.Contains("stopped: waited for 0 connections, 0 of them were reset\n", proxy.Process.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(">/dev/full")]
    [InlineData(">&-")]
    public async Task Forward_OutputCannotBeWritten_Serves(string redirection)
    {
        Requires.Linux();
        Requires.Program("bash");
        await using TcpBackend backend = TcpBackend.Start(IPFamily.IPv4, Scripts.Say("a"));
        await using L4ProxyProcess proxy = await L4ProxyProcess.ForwardAsync(
            "auto", [backend.EndPoint], prefix: ["bash", "-c", $"exec \"$0\" \"$@\" {redirection}"]);
        await proxy.Process.WaitForAsync("ready: ");
        Assert.Equal("a", await AskAsync(proxy));
        Assert.Equal(0, await proxy.StopAsync());
    }

    [Fact]
    public async Task Forward_SeveralSpecsAndNames_AreAllServed()
    {
        Requires.Linux();
        await using TcpBackend backend = TcpBackend.Start(IPFamily.IPv4, Scripts.Say("hello"));
        await using L4ProxyProcess proxy = await L4ProxyProcess.StartAsync(
            ["forward", $"tcp:127.0.0.1:0=localhost:{backend.EndPoint.Port}", $"[::1]:0={backend.EndPoint}/weight=5"]);
        Assert.Equal(2, proxy.EndPoints.Count);
        foreach (IPEndPoint address in proxy.EndPoints)
        {
            using TcpPeer client = await TcpPeer.ConnectAsync(address);
            Assert.Equal("hello", await client.ReceiveTextToEndAsync());
        }
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Forward_PortOfAnotherServer_IsOneLineAndExitCode2(string engine)
    {
        Requires.Linux();
        await using TcpBackend other = TcpBackend.Start(IPFamily.IPv4, Scripts.Echo);
        ProgramRun run = await ProgramRun.ToEndAsync(
            "forward", "--engine", engine, "--log-level", "warning", $"{other.EndPoint}=127.0.0.1:1", "0=127.0.0.1:1");
        AssertPortTaken(run, other.EndPoint);
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Forward_PortOfAnotherProxy_IsOneLineAndExitCode2(string engine)
    {
        Requires.Linux();
        await using L4ProxyProcess first = await L4ProxyProcess.StartAsync(["forward", "--engine", engine, "0=127.0.0.1:1"]);
        ProgramRun run = await ProgramRun.ToEndAsync("forward", "--engine", engine, "--log-level", "warning", $"{first.EndPoint}=127.0.0.1:1");
        AssertPortTaken(run, first.EndPoint);
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

    [Fact]
    public async Task HangUp_WhileServing_ReloadsAndGoesOn()
    {
        Requires.Linux();
        await using TcpBackend backend = TcpBackend.Start(IPFamily.IPv4, Scripts.Say("hello"));
        await using L4ProxyProcess proxy = await L4ProxyProcess.StartAsync(["forward", $"0={backend.EndPoint}"]);
        proxy.Process.Send(Signal.Hangup);
        await Eventually.True(() => proxy.Process.Error.Contains("reloading", StringComparison.Ordinal));
        Assert.Equal("hello", await AskAsync(proxy));
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Log_JsonWithAccessLog_IsOneObjectALine(string engine)
    {
        Requires.Linux();
        await using TcpBackend backend = TcpBackend.Start(IPFamily.IPv4, Scripts.Say("hello"));
        await using L4ProxyProcess proxy = await L4ProxyProcess.StartAsync(
            ["forward", "--engine", engine, "--log-format", "json", "--access-log", $"0={backend.EndPoint}"]);
        Assert.Equal("hello", await AskAsync(proxy));
        await Eventually.True(() => proxy.Process.Error.Contains("L4Proxy.Access", StringComparison.Ordinal));
        Assert.Equal(0, await proxy.StopAsync());

        JsonElement[] lines = [.. proxy.Process.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)];
        Assert.All(lines, l => Assert.NotEqual(default, l.GetProperty("Timestamp").GetDateTimeOffset()));
        JsonElement access = Assert.Single(lines, l => l.GetProperty("Category").GetString() == "L4Proxy.Access");
        Assert.Equal(backend.EndPoint.ToString(), access.GetProperty("Endpoint").GetString());
        Assert.Equal(5, access.GetProperty("BytesDown").GetInt64());
        Assert.Equal("--", access.GetProperty("End").GetString());
    }

    [Fact]
    public async Task AccessLog_EveryEndpointRefuses_TellsRetriesAndReason()
    {
        Requires.Linux();
        using RefusedPort a = new(IPFamily.IPv4);
        using RefusedPort b = new(IPFamily.IPv4);
        await using L4ProxyProcess proxy = await L4ProxyProcess.StartAsync(["forward", "--access-log", $"0={a.EndPoint},{b.EndPoint}"]);
        try
        {
            using TcpPeer client = await TcpPeer.ConnectAsync(proxy.EndPoint);
            Assert.Equal(StreamEnd.Reset, await client.ReadToEndAsync());
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            // The reset was faster than the client's own look at its connect.
        }

        await Eventually.True(() => proxy.Process.Error.Contains(" access ", StringComparison.Ordinal));
        string line = proxy.Process.Error.Split('\n').Single(l => l.Contains(" access ", StringComparison.Ordinal));
        Assert.Matches(@" service=127\.0\.0\.1:0 endpoint=- .* bytes_up=0 bytes_down=0 retries=1 end=SC$", line);
    }

    /// <summary>
    /// Processor time stands for the time to be ready: it does not depend on what else the host is doing. The target is
    /// 600 ms from exec to ready; this build is not optimised, the published one is.
    /// </summary>
    [Fact]
    public async Task Idle_Process_IsReadySoonAndSmall()
    {
        Requires.Linux();
        await using L4ProxyProcess proxy = await L4ProxyProcess.StartAsync(["forward", "0=127.0.0.1:1"]);
        Assert.InRange(proxy.Process.ProcessorTime, TimeSpan.Zero, TimeSpan.FromMilliseconds(600));
        Assert.InRange(ResidentKilobytes(proxy.Process.Id), 0, 60 * 1024);
    }

    [Fact]
    public async Task Start_LowSoftLimitOfDescriptors_IsRaisedToTheHardLimit()
    {
        Requires.Linux();
        await using L4ProxyProcess proxy = await L4ProxyProcess.StartAsync(
            ["forward", "0=127.0.0.1:1"], ["sh", "-c", "ulimit -Sn 256; exec \"$@\"", "sh"]);
        string[] limits = File.ReadLines($"/proc/{proxy.Process.Id.ToString(CultureInfo.InvariantCulture)}/limits")
            .First(l => l.StartsWith("Max open files", StringComparison.Ordinal))
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(limits[4], limits[3]);
    }

    private static long ResidentKilobytes(int processId)
    {
        string line = File.ReadLines($"/proc/{processId.ToString(CultureInfo.InvariantCulture)}/status")
            .First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    private static async Task<string> AskAsync(L4ProxyProcess proxy)
    {
        using TcpPeer client = await TcpPeer.ConnectAsync(proxy.EndPoint);
        return await client.ReceiveTextToEndAsync();
    }

    private static void AssertPortTaken(ProgramRun run, IPEndPoint address)
    {
        Assert.Equal(2, run.ExitCode);
        string line = Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains($"cannot listen on {address}", line, StringComparison.Ordinal);
        Assert.Equal("", run.Output);
    }
}
