using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Processes;
using Xunit;

namespace L4Proxy.SystemTests;

/// <summary>Many more clients than descriptors: the process lives, sleeps, and serves again. kube-proxy's userspace mode ended here.</summary>
public sealed class DescriptorLimitTests : ForwardTest
{
    private const int Clients = 1000;

    /// <summary>Sets the soft and the hard limit, so that the program cannot raise it.</summary>
    private static readonly string[] s_fewDescriptors = ["bash", "-c", "ulimit -n 256; exec \"$0\" \"$@\""];

    /// <summary>As above, and told to take more connections than that allows.</summary>
    private static readonly string[] s_tooManyConnections =
        ["bash", "-c", "ulimit -n 256; L4PROXY__LIMITS__MAXCONNECTIONS=5000 exec \"$0\" \"$@\""];

    /// <summary>What the runtime needs when it starts a thread or loads an assembly: without it, it aborts the process.</summary>
    private const int LeftForTheRuntime = 32;

    [Theory, MemberData(nameof(Engines))]
    public async Task MoreConnectionsAllowedThanDescriptors_RuntimeKeepsSome(string engine)
    {
        Requires.Linux();
        Requires.Program("bash");
        await using TcpBackend backend = TcpBackend.Start(IPFamily.IPv4, Scripts.Banner("x\n"));
        await using L4ProxyProcess proxy = await L4ProxyProcess.ForwardAsync(engine, [backend.EndPoint], prefix: s_tooManyConnections);
        TcpPeer?[] clients = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => TryConnectAsync(proxy.EndPoint)));
        await Eventually.Settled(() => backend.Accepted, TimeSpan.FromSeconds(1));
        Assert.False(proxy.Process.HasExited);

        // A client that is being refused has a descriptor for a moment.
        await Eventually.True(
            () => Directory.GetFileSystemEntries($"/proc/{proxy.Process.Id}/fd").Length <= 256 - LeftForTheRuntime, what: "descriptors left over");

        foreach (TcpPeer? client in clients)
        {
            client?.Reset();
        }

        // Those who waited behind the reset ones may still find no descriptor for their dial; soon there is one.
        string? name = null;
        for (long start = Stopwatch.GetTimestamp(); name != "x" && Stopwatch.GetElapsedTime(start) < Deadline.Default;)
        {
            name = await AskNameAsync(proxy.EndPoint);
        }

        Assert.Equal("x", name);
        Assert.Equal(0, await proxy.StopAsync());
    }

    [Fact]
    public async Task TooFewForTheRuntime_IsSaidInOneLine()
    {
        Requires.Linux();
        Requires.Program("bash");
        string program = Path.Combine(AppContext.BaseDirectory, "l4proxy.dll");
        await using ChildProcess process = ChildProcess.Start(
            ["bash", "-c", "ulimit -n 64; exec \"$0\" \"$@\"", "dotnet", "exec", program, "forward", "0=127.0.0.1:9"]);
        Assert.Equal(2, await process.WaitForExitAsync());
        Assert.Equal("l4proxy: the limit of open files (ulimit -n) is 64; it must be at least 256", process.Log.Trim());
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task FourTimesTheDescriptors_ProcessLivesAndServesAgain(string engine)
    {
        Requires.Linux();
        Requires.Program("bash");
        await using TcpBackend backend = TcpBackend.Start(IPFamily.IPv4, Scripts.Banner("x\n"));
        await using L4ProxyProcess proxy = await L4ProxyProcess.ForwardAsync(engine, [backend.EndPoint], prefix: s_fewDescriptors);
        using TcpPeer first = await TcpPeer.ConnectAsync(proxy.EndPoint);
        Assert.Equal("x", await ReadNameAsync(first));

        TcpPeer[] clients = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => TcpPeer.ConnectAsync(proxy.EndPoint)));
        await Eventually.Settled(() => backend.Accepted, TimeSpan.FromSeconds(1));
        Assert.InRange(backend.Accepted, 10, 128);
        await PingAsync(first);

        TimeSpan before = proxy.Process.ProcessorTime;
        long start = Stopwatch.GetTimestamp();
        await Task.Delay(TimeSpan.FromSeconds(2));
        double share = (proxy.Process.ProcessorTime - before) / Stopwatch.GetElapsedTime(start);
        Assert.True(share < 0.2, $"{share:P0} of a processor while full");
        Assert.False(proxy.Process.HasExited);
        await PingAsync(first);

        foreach (TcpPeer client in clients)
        {
            client.Reset();
        }

        start = Stopwatch.GetTimestamp();
        Assert.Equal("x", await AskNameAsync(proxy.EndPoint));
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(5), "served again only after a long time");
        await PingAsync(first);
        first.Dispose();
        Assert.Equal(0, await proxy.StopAsync());
    }

    /// <summary>Null for a client that was reset as soon as it was accepted: connect(2) may report that already.</summary>
    private static async Task<TcpPeer?> TryConnectAsync(IPEndPoint target)
    {
        try
        {
            return await TcpPeer.ConnectAsync(target);
        }
        catch (SocketException)
        {
            return null;
        }
    }
}
