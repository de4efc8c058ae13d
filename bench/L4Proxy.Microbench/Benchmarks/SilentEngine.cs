using System.Net;
using L4Proxy.DataPlane.Engines;
using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;

namespace L4Proxy.Microbench.Benchmarks;

/// <summary>An engine without sockets, so that a table's own cost is measured and not the kernel's.</summary>
internal sealed class SilentEngine : IProxyEngine
{
    public string Name => "silent";

    public int CounterSlots => 2;

    public EngineCounters Counters { get; } = new();

    public int Live => 0;

    public IEngineListener Bind(FrontendState frontend) => new SilentListener(frontend.Entry.Address);

    public void ResetConnections(EndpointState endpoint, CloseReason reason)
    {
        // There are none.
    }

    public Task<int> DrainAsync(CancellationToken cut) => Task.FromResult(0);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class SilentListener(IPEndPoint address) : IEngineListener
    {
        public IPEndPoint LocalEndPoint => address;

        public void SetOpen(bool open)
        {
            // Nobody connects.
        }

        public ValueTask CloseAsync() => ValueTask.CompletedTask;
    }
}
