using System.Diagnostics;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Processes;
using Xunit;

namespace L4Proxy.SystemTests;

/// <summary>How a process that forwards ends.</summary>
public sealed class SignalTests : ForwardTest
{
    /// <summary>A shell's background job ignores SIGINT and hands that down to its children; env(1) undoes it.</summary>
    private static readonly string[] s_interruptible = ["env", "--default-signal=INT"];

    [Theory, MemberData(nameof(Engines))]
    public async Task Terminate_LiveConnectionFinishes_NewOnesAreRefused_ExitCodeIs0(string engine)
    {
        Requires.Linux();
        await using TcpBackend backend = TcpBackend.Start(IPFamily.IPv4, Scripts.Echo);
        await using L4ProxyProcess proxy = await L4ProxyProcess.ForwardAsync(engine, [backend.EndPoint]);
        using TcpPeer client = await TcpPeer.ConnectAsync(proxy.EndPoint);
        await PingAsync(client);

        proxy.Process.Send(Signal.Terminate);
        await proxy.Process.WaitForAsync("stopping: waiting up to 25 s for 1 connections");
        await Eventually.True(() => IsRefused(proxy));
        await PingAsync(client);
        Assert.False(proxy.Process.HasExited);

        client.FinishSending();
        Assert.Equal(StreamEnd.Finished, await client.ReadToEndAsync());
        Assert.Equal(0, await proxy.Process.WaitForExitAsync());
        Assert.Contains("stopped: waited for 1 connections, 0 of them were reset", proxy.Process.Log, StringComparison.Ordinal);
        Assert.Contains("end=--", proxy.Process.Log, StringComparison.Ordinal);
        Assert.False(File.Exists(proxy.ReadyFile));
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Terminate_DrainTimeIsOver_RestIsResetAndCounted(string engine)
    {
        const int Clients = 3;
        Requires.Linux();
        await using TcpBackend backend = TcpBackend.Start(IPFamily.IPv4, Scripts.Echo);
        await using L4ProxyProcess proxy = await L4ProxyProcess.ForwardAsync(engine, [backend.EndPoint], ["--drain-timeout", "500ms"]);
        var clients = new List<TcpPeer>();
        for (int i = 0; i < Clients; i++)
        {
            clients.Add(await TcpPeer.ConnectAsync(proxy.EndPoint));
            await PingAsync(clients[i]);
        }

        Assert.Equal(0, await proxy.StopAsync());

        Assert.Contains("stopped: waited for 3 connections, 3 of them were reset", proxy.Process.Log, StringComparison.Ordinal);
        Assert.Equal(Clients, proxy.Process.Log.Split("end=KD").Length - 1);
        foreach (TcpPeer client in clients)
        {
            Assert.Equal(StreamEnd.Reset, await client.ReadToEndAsync());
            client.Dispose();
        }
    }

    [Theory]
    [InlineData(Signal.Terminate, Signal.Terminate)]
    [InlineData(Signal.Interrupt, Signal.Interrupt)]
    [InlineData(Signal.Terminate, Signal.Interrupt)]
    public async Task SecondSignal_EndsAtOnce(Signal first, Signal second)
    {
        Requires.Linux();
        await using TcpBackend backend = TcpBackend.Start(IPFamily.IPv4, Scripts.Echo);
        await using L4ProxyProcess proxy = await L4ProxyProcess.ForwardAsync("auto", [backend.EndPoint], ["--drain-timeout", "10m"], s_interruptible);
        using TcpPeer client = await TcpPeer.ConnectAsync(proxy.EndPoint);
        await PingAsync(client);

        long start = Stopwatch.GetTimestamp();
        proxy.Process.Send(first);
        await proxy.Process.WaitForAsync("stopping");
        proxy.Process.Send(second);

        Assert.Equal(0, await proxy.Process.WaitForExitAsync());
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(15), "the second signal was not enough");
        Assert.Equal(StreamEnd.Reset, await client.ReadToEndAsync());
    }

    private static bool IsRefused(L4ProxyProcess proxy)
    {
        using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        try
        {
            socket.Connect(proxy.EndPoint);
            return false;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return true;
        }
    }
}
