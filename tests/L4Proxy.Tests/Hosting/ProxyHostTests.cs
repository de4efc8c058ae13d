using System.Net;
using L4Proxy.DataPlane;
using L4Proxy.DataPlane.Services;
using L4Proxy.Hosting;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using Microsoft.Extensions.Logging;
using Xunit;

namespace L4Proxy.Tests.Hosting;

public sealed class ProxyHostTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("l4proxy").FullName;
    private readonly CancellationTokenSource _stop = new();
    private readonly ChannelSource _source = new();
    private readonly TaskCompletionSource<ProxyServer> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private string ReadyPath => Path.Combine(_folder, "ready");

    public void Dispose()
    {
        _stop.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task RunAsync_Stopped_HasServedAndTakesTheReadyFileAway()
    {
        await using TcpBackend backend = TcpBackend.Start(IPFamily.IPv4, Scripts.Say("hello"));
        await File.WriteAllTextAsync(ReadyPath, "left behind by a process that was killed\n");
        _source.Put(Service("web", Free(), backend.EndPoint));
        Task<int> host = Run(new HostSettings());
        ProxyServer server = await _ready.Task.Within();

        IPEndPoint address = server.Listeners[0].LocalEndPoint!;
        Assert.Equal($"web\t{address}\n", await File.ReadAllTextAsync(ReadyPath));
        using (TcpPeer client = await TcpPeer.ConnectAsync(address))
        {
            Assert.Equal("hello", await client.ReceiveTextToEndAsync());
        }

        await _stop.CancelAsync();
        Assert.Equal(ExitCodes.Ok, await host.Within());
        Assert.Empty(Directory.GetFiles(_folder));
        Assert.True(_source.Disposed);
    }

    [Fact]
    public async Task RunAsync_StoppedWithALiveConnection_WaitsForItsEnd()
    {
        await using TcpBackend backend = TcpBackend.Start(IPFamily.IPv4, Scripts.Echo);
        _source.Put(Service("web", Free(), backend.EndPoint));
        Task<int> host = Run(new HostSettings { DrainTimeout = Deadline.Default });
        ProxyServer server = await _ready.Task.Within();
        using TcpPeer client = await TcpPeer.ConnectAsync(server.Listeners[0].LocalEndPoint!);
        await client.SendTextAsync("before");
        Assert.Equal("before", await client.ReceiveTextAsync(6));

        await _stop.CancelAsync();
        await Eventually.True(() => !server.Listeners.Any(l => l.Open));
        await client.SendTextAsync("after");
        Assert.Equal("after", await client.ReceiveTextAsync(5));
        Assert.False(host.IsCompleted);

        client.FinishSending();
        Assert.Equal(StreamEnd.Finished, await client.ReadToEndAsync());
        Assert.Equal(ExitCodes.Ok, await host.Within());
    }

    [Fact]
    public async Task RunAsync_SecondTable_IsServedToo()
    {
        await using TcpBackend backend = TcpBackend.Start(IPFamily.IPv4, Scripts.Say("hello"));
        ServiceEntry first = Service("first", Free(), backend.EndPoint);
        _source.Put(first);
        Task<int> host = Run(new HostSettings());
        ProxyServer server = await _ready.Task.Within();
        _source.Put(first, Service("second", Free(), backend.EndPoint));
        await Eventually.Equal(2, () => server.Listeners.Length);
        using (TcpPeer client = await TcpPeer.ConnectAsync(server.Listeners[1].LocalEndPoint!))
        {
            Assert.Equal("hello", await client.ReceiveTextToEndAsync());
        }

        await _stop.CancelAsync();
        Assert.Equal(ExitCodes.Ok, await host.Within());
    }

    [Fact]
    public async Task RunAsync_EmptyTable_IsReadyAndWaits()
    {
        _source.Put();
        Task<int> host = Run(new HostSettings());
        await _ready.Task.Within();
        Assert.Equal("", await File.ReadAllTextAsync(ReadyPath));
        await _stop.CancelAsync();
        Assert.Equal(ExitCodes.Ok, await host.Within());
    }

    [Fact]
    public async Task RunAsync_StoppedBeforeTheFirstTable_Ends()
    {
        Task<int> host = Run(new HostSettings());
        await _stop.CancelAsync();
        Assert.Equal(ExitCodes.Ok, await host.Within());
        Assert.False(_ready.Task.IsCompleted);
    }

    [Fact]
    public async Task RunAsync_PortTakenAndEveryListenerRequired_CouldNotRun()
    {
        await using TcpBackend other = TcpBackend.Start(IPFamily.IPv4, Scripts.Echo);
        _source.Put(Service("free", Free(), other.EndPoint), Service("taken", other.EndPoint, Unused()));
        Assert.Equal(ExitCodes.CouldNotRun, await Run(new HostSettings { EveryListenerRequired = true }).Within());
        Assert.False(File.Exists(ReadyPath));
    }

    [Fact]
    public async Task RunAsync_OnePortTaken_ServesTheOther()
    {
        await using TcpBackend other = TcpBackend.Start(IPFamily.IPv4, Scripts.Say("hello"));
        _source.Put(Service("free", Free(), other.EndPoint), Service("taken", other.EndPoint, Unused()));
        Task<int> host = Run(new HostSettings());
        await _ready.Task.Within();
        string line = Assert.Single(await File.ReadAllLinesAsync(ReadyPath));
        Assert.StartsWith("free\t", line, StringComparison.Ordinal);
        using (TcpPeer client = await TcpPeer.ConnectAsync(IPEndPoint.Parse(line.Split('\t')[1])))
        {
            Assert.Equal("hello", await client.ReceiveTextToEndAsync());
        }

        await _stop.CancelAsync();
        Assert.Equal(ExitCodes.Ok, await host.Within());
    }

    [Fact]
    public async Task RunAsync_EveryPortTaken_CouldNotRun()
    {
        await using TcpBackend other = TcpBackend.Start(IPFamily.IPv4, Scripts.Echo);
        _source.Put(Service("taken", other.EndPoint, Unused()));
        Assert.Equal(ExitCodes.CouldNotRun, await Run(new HostSettings()).Within());
    }

    [Fact]
    public void ReadyFile_IsAFolder_TheMessageNamesIt()
    {
        using var ready = new ReadyFile(Path.Combine(_folder, "taken"));
        Directory.CreateDirectory(Path.Combine(_folder, "taken"));
        var e = Assert.Throws<IOException>(() => ready.Write(["x"]));
        Assert.Equal($"the ready file {Path.Combine(_folder, "taken")}: is a folder", e.Message);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task RunAsync_ReadyFileCannotBeWritten_CouldNotRun()
    {
        _source.Put(Service("web", Free(), Unused()));
        HostSettings settings = new() { LogLevel = LogLevel.None, ReadyFile = Path.Combine(_folder, "missing", "ready") };
        Assert.Equal(ExitCodes.CouldNotRun, await ProxyHost.RunAsync((_, _) => _source, settings, _stop.Token).Within());
    }

    [Fact]
    public async Task RunAsync_SourceFails_CouldNotRun()
    {
        _source.Put(Service("web", Free(), Unused()));
        Task<int> host = Run(new HostSettings());
        await _ready.Task.Within();
        _source.Fail(new InvalidOperationException("a defect"));
        Assert.Equal(ExitCodes.CouldNotRun, await host.Within());
        Assert.False(File.Exists(ReadyPath));
    }

    [Fact]
    public async Task RunAsync_WhatRunsBesideItFails_CouldNotRun()
    {
        _source.Put(Service("web", Free(), Unused()));
        Task<int> host = ProxyHost.RunAsync(
            (_, _) => _source,
            new HostSettings { LogLevel = LogLevel.None },
            _stop.Token,
            async (_, _) =>
            {
                await Task.Yield();
                throw new InvalidOperationException("a defect");
            });
        Assert.Equal(ExitCodes.CouldNotRun, await host.Within());
    }

    [Fact]
    public async Task RunAsync_ClientStaysConnected_IsResetAfterTheDrainTime()
    {
        await using TcpBackend backend = TcpBackend.Start(IPFamily.IPv4, Scripts.Banner("hello"));
        _source.Put(Service("web", Free(), backend.EndPoint));
        Task<int> host = Run(new HostSettings { DrainTimeout = TimeSpan.FromMilliseconds(200) });
        ProxyServer server = await _ready.Task.Within();
        using TcpPeer client = await TcpPeer.ConnectAsync(server.Listeners[0].LocalEndPoint!);
        Assert.Equal("hello", await client.ReceiveTextAsync(5));

        await _stop.CancelAsync();
        Assert.Equal(StreamEnd.Reset, await client.ReadToEndAsync());
        Assert.Equal(ExitCodes.Ok, await host.Within());
    }

    [Fact]
    public async Task RunAsync_ClientEndsWhileDraining_IsWaitedForAndNotCut()
    {
        await using TcpBackend backend = TcpBackend.Start(IPFamily.IPv4, Scripts.Banner("hello"));
        _source.Put(Service("web", Free(), backend.EndPoint));
        Task<int> host = Run(new HostSettings { DrainTimeout = TimeSpan.FromHours(1) });
        ProxyServer server = await _ready.Task.Within();
        using TcpPeer client = await TcpPeer.ConnectAsync(server.Listeners[0].LocalEndPoint!);
        Assert.Equal("hello", await client.ReceiveTextAsync(5));

        await _stop.CancelAsync();
        await client.SendTextAsync("still here");
        Assert.Equal("still here", await client.ReceiveTextAsync(10));
        Assert.False(host.IsCompleted);
        client.FinishSending();
        Assert.Equal(StreamEnd.Finished, await client.ReadToEndAsync());
        Assert.Equal(ExitCodes.Ok, await host.Within());
    }

    private static IPEndPoint Free() => new(IPAddress.Loopback, 0);

    /// <summary>An endpoint that nobody dials in the test.</summary>
    private static IPEndPoint Unused() => new(IPAddress.Loopback, 1);

    private static ServiceEntry Service(string name, IPEndPoint listen, IPEndPoint endpoint) => new()
    {
        Key = new ServicePortKey("", name, "", ServiceProtocol.Tcp),
        Frontends = [new FrontendEntry(listen, FrontendKind.Forward)],
        Endpoints = [new EndpointEntry { Address = endpoint }],
    };

    private Task<int> Run(HostSettings settings) => ProxyHost.RunAsync(
        (_, _) => _source,
        settings with { LogLevel = LogLevel.None, ReadyFile = ReadyPath },
        _stop.Token,
        (server, _) =>
        {
            _ready.TrySetResult(server);
            return Task.CompletedTask;
        });
}
