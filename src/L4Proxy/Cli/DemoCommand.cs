using System.CommandLine;
using System.Net;
using L4Proxy.ControlPlane.Settings;
using L4Proxy.DataPlane.Engines;
using L4Proxy.Demo;
using L4Proxy.Hosting;
using L4Proxy.Options;
using Microsoft.Extensions.Logging;

namespace L4Proxy.Cli;

/// <summary><c>l4proxy demo</c>: something to see with nothing else installed.</summary>
internal sealed class DemoCommand
{
    private const int DefaultPort = 8080;

    private readonly ValueOption<int> _port = new(
        "--port", new IntegerFormat(0, IPEndPoint.MaxPort, "any free port"), DefaultPort, "Port on 127.0.0.1; the next free one if it is taken");

    private readonly ValueOption<TimeSpan> _duration = new(
        "--duration",
        new DurationFormat(TimeSpan.FromMilliseconds(1), ValueFormats.MaxTimer, "until Ctrl-C"),
        TimeSpan.Zero,
        "How long it runs");

    private readonly ValueOption<EngineKind> _engine = new(
        "--engine", ConfigurationSchema.Engines, EngineKind.Auto, "What carries the bytes");

    private DemoCommand()
    {
    }

    public static Command Build()
    {
        DemoCommand demo = new();
        Command command = new("demo", "Three backends, one of which dies and comes back, and the proxy in front of them.")
        {
            demo._port, demo._duration, demo._engine,
        };
        command.SetAction(demo.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult result, CancellationToken stop)
    {
        HostSettings settings = new()
        {
            Engine = _engine.Read(result),

            // The table tells what happens; log lines would tear it.
            LogLevel = LogLevel.Error,
            DrainTimeout = TimeSpan.FromSeconds(1),
            EveryListenerRequired = true,
        };
        await using DemoShow show = new(Console.Out);
        return await show.RunAsync(_port.Read(result), settings, terminal: !Console.IsOutputRedirected, _duration.Read(result), stop);
    }
}
