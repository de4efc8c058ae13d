using System.Net;
using System.Net.Sockets;
using L4Proxy.DataPlane;
using L4Proxy.DataPlane.Services;
using L4Proxy.Hosting;
using Spectre.Console;

namespace L4Proxy.Demo;

/// <summary>The demonstration: three backends, of which one dies and comes back, and the proxy in front of them.</summary>
internal sealed class DemoShow : IAsyncDisposable
{
    /// <summary>Ports tried upward from the one asked for.</summary>
    private const int PortsTried = 100;

    /// <summary>How long the third backend lives, and how long it stays dead: long enough to see, short enough to wait for.</summary>
    private static readonly TimeSpan s_life = TimeSpan.FromSeconds(5);

    private static readonly string[] s_names = ["alpha", "beta", "gamma"];

    private static readonly ServiceOptions s_options = ServiceOptions.Default with
    {
        // The usual ten seconds and more outlast the backend's death; here people shall see it come back.
        Ejection = new EjectionOptions { ConsecutiveFailures = 3, BaseTime = TimeSpan.FromSeconds(2), MaxTime = TimeSpan.FromSeconds(4) },
    };

    private readonly DemoBackend[] _backends;
    private readonly TextWriter _output;

    public DemoShow(TextWriter output)
    {
        _output = output;
        _backends = [.. s_names.Select(name => new DemoBackend(name, TimeProvider.System))];
    }

    /// <summary>Runs until told to stop; returns the exit code.</summary>
    /// <param name="port">The port to listen on if it is free, else the next one that is; 0 for any.</param>
    /// <param name="settings">How the process runs.</param>
    /// <param name="terminal">Whether the output can show a table that changes in place.</param>
    /// <param name="duration">How long it runs from the moment it is ready; zero for no end of its own.</param>
    /// <param name="stop">Ends the demonstration.</param>
    public async Task<int> RunAsync(int port, HostSettings settings, bool terminal, TimeSpan duration, CancellationToken stop)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        ServiceEntry service = new()
        {
            Key = new ServicePortKey("", "demo", "", ServiceProtocol.Tcp),
            Frontends = [new FrontendEntry(new IPEndPoint(IPAddress.Loopback, FirstFreePort(port)), FrontendKind.Forward)],
            Endpoints = [.. _backends.Select(b => new EndpointEntry { Address = b.Address, TargetName = b.Name })],
            Options = s_options,
        };
        return await ProxyHost.RunAsync((_, _) => new DemoSource(new ServiceTable([service])), settings, end.Token, (server, token) =>
        {
            end.CancelAfter(duration > TimeSpan.Zero ? duration : Timeout.InfiniteTimeSpan);
            return PlayAsync(server, terminal, token);
        });
    }

    public async ValueTask DisposeAsync()
    {
        foreach (DemoBackend backend in _backends)
        {
            await backend.DisposeAsync();
        }
    }

    /// <summary>The first free port from this one on; this one when none is, so that the error names it.</summary>
    internal static int FirstFreePort(int port)
    {
        for (int candidate = port; candidate < Math.Min(port + PortsTried, IPEndPoint.MaxPort + 1); candidate++)
        {
            using Socket probe = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                probe.Bind(new IPEndPoint(IPAddress.Loopback, candidate));
                return candidate;
            }
            catch (SocketException)
            {
                // Taken.
            }
        }

        return port;
    }

    private async Task PlayAsync(ProxyServer server, bool terminal, CancellationToken stop)
    {
        IPEndPoint address = server.Listeners[0].LocalEndPoint!;
        await _output.WriteLineAsync(
            $"""
            {_backends.Length} backends behind http://{address}; {_backends[^1].Name} dies and comes back every {s_life.TotalSeconds} s. Try:

              curl {address}
              while sleep 0.1; do curl -s {address}; done
              nc {address.Address} {address.Port}

            Ctrl-C ends it.

            """);
        await _output.FlushAsync(CancellationToken.None);
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(_output) });
        Task view = DemoView.RunAsync(console, terminal, () => DemoRow.Read(server, _backends), stop);
        await Task.WhenAll(view, DieAndReviveAsync(_backends[^1], stop));
    }

    private static async Task DieAndReviveAsync(DemoBackend backend, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await Task.Delay(s_life, stop);
                await backend.DieAsync();
                await Task.Delay(s_life, stop);
                backend.Revive();
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The end of the show.
        }
    }
}
