using System.Net;
using System.Net.Sockets;
using L4Proxy.DataPlane.Engines;
using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;

namespace L4Proxy.Tests;

/// <summary>An engine without sockets that keeps a list of what it was told. An address is one listener's at a time.</summary>
internal sealed class FakeEngine : IProxyEngine
{
    private readonly Dictionary<IPEndPoint, FakeListener> _bound = [];

    public string Name => "fake";

    public int CounterSlots => 1;

    public EngineCounters Counters { get; } = new();

    public int Live => 0;

    /// <summary>What the listeners were told since the list was last cleared: <c>bind</c>, <c>open</c>, <c>stop</c> or <c>close</c> and the port.</summary>
    public List<string> Calls { get; } = [];

    public List<EndpointState> Resets { get; } = [];

    /// <summary>Ports that another program has.</summary>
    public HashSet<int> Taken { get; } = [];

    /// <summary>A port at which binding fails in a way that nobody foresees.</summary>
    public int Broken { get; set; } = -1;

    public IEnumerable<IPEndPoint> Bound => _bound.Keys;

    public IEnumerable<IPEndPoint> Open => _bound.Where(b => b.Value.IsOpen).Select(b => b.Key);

    public IEngineListener Bind(FrontendState frontend)
    {
        IPEndPoint address = frontend.Entry.Address;
        if (address.Port == Broken)
        {
            throw new InvalidOperationException("a defect");
        }

        if (Taken.Contains(address.Port) || _bound.ContainsKey(address))
        {
            throw new ListenException(address, SocketError.AddressAlreadyInUse, "taken");
        }

        Calls.Add($"bind {address.Port}");
        return _bound[address] = new FakeListener(this, address);
    }

    public void ResetConnections(EndpointState endpoint, CloseReason reason) => Resets.Add(endpoint);

    public Task<int> DrainAsync(CancellationToken cut) => Task.FromResult(0);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class FakeListener(FakeEngine engine, IPEndPoint address) : IEngineListener
    {
        public IPEndPoint LocalEndPoint => address;

        public bool IsOpen { get; private set; }

        public void SetOpen(bool open)
        {
            if (IsOpen != open)
            {
                IsOpen = open;
                engine.Calls.Add($"{(open ? "open" : "stop")} {address.Port}");
            }
        }

        public ValueTask CloseAsync()
        {
            engine.Calls.Add($"close {address.Port}");
            engine._bound.Remove(address);
            return ValueTask.CompletedTask;
        }
    }
}
