using System.Net;
using System.Text;
using L4Proxy.Demo;
using L4Proxy.Hosting;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using Microsoft.Extensions.Logging;
using Spectre.Console;
using Xunit;

namespace L4Proxy.Tests.Demo;

public sealed class DemoTests
{
    [Theory]
    [InlineData("GET / HTTP/1.1\r\n", true)]
    [InlineData("G", true)]
    [InlineData("POST /x", true)]
    [InlineData("hello\n", false)]
    [InlineData("GETTING", false)]
    [InlineData("\u0016\u0003\u0001", false)]
    [InlineData("", false)]
    public void IsHttp_FirstBytes_TellsRequestsFromOthers(string text, bool expected) =>
        Assert.Equal(expected, DemoConversation.IsHttp(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public async Task Backend_HttpRequestInTwoParts_AnswersItsNameAndEnds()
    {
        await using DemoBackend backend = new("alpha", TimeProvider.System);
        using TcpPeer client = await TcpPeer.ConnectAsync(backend.Address);
        await client.SendTextAsync("GET / HTTP/1.1\r\nHost: x\r\n");
        await client.SendTextAsync("\r\n");
        string answer = await client.ReceiveTextToEndAsync();
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nalpha\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Backend_SilentClient_IsToldTheNameAndAgainForEachLine()
    {
        await using DemoBackend backend = new("alpha", TimeProvider.System);
        using TcpPeer client = await TcpPeer.ConnectAsync(backend.Address);
        Assert.Equal("alpha\n", await client.ReceiveTextAsync(6));
        await client.SendTextAsync("who?\n");
        Assert.Equal("alpha\n", await client.ReceiveTextAsync(6));
        client.FinishSending();
        Assert.Equal(StreamEnd.Finished, await client.ReadToEndAsync());
    }

    [Fact]
    public async Task Backend_DiesAndRevives_ResetsRefusesAndAnswersOnTheSamePort()
    {
        await using DemoBackend backend = new("alpha", TimeProvider.System);
        IPEndPoint address = backend.Address;
        using TcpPeer client = await TcpPeer.ConnectAsync(address);
        Assert.Equal("alpha\n", await client.ReceiveTextAsync(6));

        await backend.DieAsync();
        Assert.False(backend.Alive);
        Assert.Equal(StreamEnd.Reset, await client.ReadToEndAsync());
        await Assert.ThrowsAsync<System.Net.Sockets.SocketException>(() => TcpPeer.ConnectAsync(address));

        backend.Revive();
        Assert.Equal(address, backend.Address);
        using TcpPeer again = await TcpPeer.ConnectAsync(address);
        Assert.Equal("alpha\n", await again.ReceiveTextAsync(6));
    }

    [Fact]
    public async Task FirstFreePort_PortTaken_IsALaterOne()
    {
        await using TcpBackend other = TcpBackend.Start(IPFamily.IPv4, Scripts.Echo);
        Assert.True(DemoShow.FirstFreePort(other.EndPoint.Port) > other.EndPoint.Port);
    }

    [Fact]
    public async Task PlainView_NoTerminal_WritesALineForEachChange()
    {
        StringWriter output = new();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        using CancellationTokenSource stop = new();
        DemoRow row = new("alpha", new IPEndPoint(IPAddress.Loopback, 1), Alive: true, Ejected: false, 0, 0, 0, 0, 0);
        int reads = 0;
        await DemoView.RunAsync(
            console,
            terminal: false,
            () =>
            {
                reads++;
                if (reads == 4)
                {
                    stop.Cancel();
                }

                return [reads switch { 1 => row, 2 => row with { Connections = 5 }, _ => row with { Alive = false, Connections = 7 } }];
            },
            stop.Token).Within();
        Assert.Equal(
            "alpha 127.0.0.1:1 up: 0 open, 0 connections, 0 failures, 0 timeouts, 0 ejections\n"
            + "alpha 127.0.0.1:1 dead: 0 open, 7 connections, 0 failures, 0 timeouts, 0 ejections\n",
            output.ToString());
    }

    [Fact]
    public async Task TerminalView_Table_HasAllNumbers()
    {
        StringWriter output = new();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output), Ansi = AnsiSupport.Yes });
        console.Profile.Width = 80;
        await DemoView.RunAsync(
            console,
            terminal: true,
            () => [new DemoRow("gamma", new IPEndPoint(IPAddress.Loopback, 45678), Alive: false, Ejected: true, 1, 22, 333, 4444, 55555)],
            new CancellationToken(canceled: true)).Within();
        foreach (string text in new[] { "gamma :45678", "dead, ejected", "connections", "ejections", "22", "333", "4444", "55555" })
        {
            Assert.Contains(text, output.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Show_Run_ServesAllBackendsAndEndsCleanly()
    {
        SignallingOutput output = new();
        using CancellationTokenSource stop = new();
        await using DemoShow show = new(output);
        HostSettings settings = new() { LogLevel = LogLevel.None, DrainTimeout = TimeSpan.FromSeconds(1) };
        Task<int> run = show.RunAsync(port: 0, settings, terminal: false, TimeSpan.Zero, stop.Token);
        IPEndPoint address = await output.Address.Task.Within();

        HashSet<string> names = [];
        for (int i = 0; i < 3; i++)
        {
            using TcpPeer client = await TcpPeer.ConnectAsync(address);
            await client.SendTextAsync("GET / HTTP/1.0\r\n\r\n");
            names.Add((await client.ReceiveTextToEndAsync()).Split("\r\n\r\n")[1].Trim());
        }

        Assert.Equal(["alpha", "beta", "gamma"], names.Order(StringComparer.Ordinal));
        await stop.CancelAsync();
        Assert.Equal(ExitCodes.Ok, await run.Within());
    }

    private sealed class SignallingOutput : StringWriter
    {
        public TaskCompletionSource<IPEndPoint> Address { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override Task WriteLineAsync(string? value)
        {
            int at = value!.IndexOf("http://", StringComparison.Ordinal) + "http://".Length;
            Address.TrySetResult(IPEndPoint.Parse(value[at..value.IndexOf(';', at)]));
            return base.WriteLineAsync(value);
        }
    }
}
