using L4Proxy.DataPlane.Dialing;
using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;
using L4Proxy.Tests.Balancing;

namespace L4Proxy.Tests.Dialing;

/// <summary>Endpoints that answer, refuse or stay silent in virtual time, and clients that connect to them.</summary>
internal sealed class VirtualNetwork
{
    private readonly HashSet<int> _refusing = [];
    private readonly HashSet<int> _silent = [];
    private readonly DialSession _session = new();

    /// <summary>Monotonic milliseconds.</summary>
    public long NowMs { get; set; }

    /// <summary>How long an endpoint takes to answer or refuse.</summary>
    public int LatencyMs { get; set; } = 1;

    public void Refuse(params int[] endpoints) => _refusing.UnionWith(endpoints);

    public void Silence(params int[] endpoints) => _silent.UnionWith(endpoints);

    public void Heal(params int[] endpoints)
    {
        _refusing.ExceptWith(endpoints);
        _silent.ExceptWith(endpoints);
    }

    /// <summary>One client connects; time goes on while it does. The connection is closed at once.</summary>
    public VirtualDial Connect(ServiceState service, int client = 1)
    {
        long begin = NowMs;
        (EndpointState Endpoint, long AtMs)?[] dialling = new (EndpointState, long)?[DialSession.Slots];
        List<int> tried = [];
        _session.Begin(service, Sample.Client(client), EndpointScope.Cluster, NowMs);
        while (true)
        {
            DialStep step = _session.Next(NowMs);
            switch (step.Kind)
            {
                case DialStepKind.Start:
                    tried.Add(step.Endpoint!.Index());
                    bool answers = !_silent.Contains(step.Endpoint!.Index());
                    dialling[step.Slot] = (step.Endpoint!, answers ? NowMs + LatencyMs : long.MaxValue);
                    break;
                case DialStepKind.Abandon:
                    dialling[step.Slot] = null;
                    break;
                case DialStepKind.Fail:
                    return new VirtualDial(null, NowMs - begin, tried, step.Reason);
                default:
                    int slot = (dialling[0]?.AtMs ?? long.MaxValue) <= (dialling[1]?.AtMs ?? long.MaxValue) ? 0 : 1;
                    long at = dialling[slot]?.AtMs ?? long.MaxValue;
                    NowMs = Math.Min(at, step.UntilMs);
                    if (at > step.UntilMs)
                    {
                        break;
                    }

                    if (!_refusing.Contains(dialling[slot]!.Value.Endpoint.Index()))
                    {
                        EndpointState endpoint = _session.Connected(slot, NowMs);
                        endpoint.Release();
                        return new VirtualDial(endpoint.Index(), NowMs - begin, tried, CloseReason.None);
                    }

                    _session.Failed(slot, DialError.Refused, NowMs);
                    dialling[slot] = null;
                    break;
            }
        }
    }
}
