using System.Net.Sockets;
using L4Proxy.DataPlane.Dialing;
using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;

namespace L4Proxy.DataPlane.Engines.Portable;

/// <summary>Carries out what a <see cref="DialSession"/> says for one client, until an endpoint answers or nothing is left to try.</summary>
internal sealed class Dialer(PortableConnection connection, Socket client, ServiceOptions options, PortableEngine engine) : IDisposable
{
    /// <summary>
    /// How often a client that waits for its endpoint is asked whether it has reset. No read waits on its socket
    /// then, so nothing else would tell. Below what a person notices, above what costs.
    /// </summary>
    private const int ClientCheckMs = 100;

    private readonly DialSession _session = new();
    private readonly ConnectAttempt?[] _attempts = new ConnectAttempt?[DialSession.Slots];
    private readonly WakeSignal _wake = new();
    private EndpointState? _winner;
    private ClientAddress _address;

    /// <summary>Attempts started so far.</summary>
    public int Attempts => _session.Attempts;

    /// <summary>Makes the dialer look at its connection's end reason.</summary>
    public void Wake() => _wake.Set();

    /// <summary>
    /// Dials. With an endpoint comes a connected socket, and the endpoint stays acquired; without one the
    /// connection has its end reason.
    /// </summary>
    public async ValueTask<(EndpointState Endpoint, Socket Socket)?> RunAsync(ServiceState service, ClientAddress address, EndpointScope scope)
    {
        _address = address;
        _session.Begin(service, address, scope, Environment.TickCount64);
        bool over = false;
        try
        {
            while (!over)
            {
                if (ReportEnded() is { } socket)
                {
                    over = true;
                    return (_winner!, socket);
                }

                if (connection.Reason != CloseReason.None)
                {
                    return null;
                }

                DialStep step = _session.Next(Environment.TickCount64);
                over = step.Kind == DialStepKind.Fail;
                await ObeyAsync(step);
            }

            return null;
        }
        finally
        {
            if (!over)
            {
                _session.Abort();
            }

            CloseAll();
        }
    }

    public void Dispose() => _wake.Dispose();

    private ValueTask ObeyAsync(DialStep step)
    {
        switch (step.Kind)
        {
            case DialStepKind.Start:
                TransparentSource? transparent = engine.Transparent?.Applies(_address, step.Endpoint!) == true ? engine.Transparent : null;
                var attempt = new ConnectAttempt(step.Endpoint!, transparent, _address);
                _attempts[step.Slot] = attempt;
                _ = attempt.RunAsync(options, _wake);
                break;

            case DialStepKind.Abandon:
                _attempts[step.Slot]?.Close();
                _attempts[step.Slot] = null;
                break;

            case DialStepKind.Wait:
                return WaitAsync(step.UntilMs);

            case DialStepKind.Fail:
                connection.TrySetReason(step.Reason);
                break;
        }

        return ValueTask.CompletedTask;
    }

    private async ValueTask WaitAsync(long untilMs)
    {
        long milliseconds = Math.Clamp(untilMs - Environment.TickCount64, 1, ClientCheckMs);
        await _wake.WaitAsync(milliseconds);
        bool anyEnded = _attempts[0] is { Ended: true } || _attempts[1] is { Ended: true };
        if (!anyEnded && TcpSocket.TakeReset(client))
        {
            connection.TrySetReason(CloseReason.ClientResetWhileConnecting);
        }
    }

    /// <summary>Tells the session which attempts ended; the socket of the one that wins.</summary>
    private Socket? ReportEnded()
    {
        for (int slot = 0; slot < _attempts.Length; slot++)
        {
            if (_attempts[slot] is not { Ended: true } attempt)
            {
                continue;
            }

            if (attempt.Defect is { } defect)
            {
                throw new InvalidOperationException("a dial failed in an unforeseen way", defect);
            }

            _attempts[slot] = null;
            if (attempt.Error is null && !_session.Accepts(slot))
            {
                attempt.Close();
                _session.Failed(slot, DialError.EndpointLeft, Environment.TickCount64);
                continue;
            }

            if (attempt.Error is not { } error)
            {
                _winner = _session.Connected(slot, Environment.TickCount64);
                return attempt.TakeSocket();
            }

            if (error == DialError.NoLocalPort)
            {
                engine.Counters.CountLocalPortFailure();
            }

            _session.Failed(slot, error, Environment.TickCount64);
        }

        return null;
    }

    private void CloseAll()
    {
        foreach (ConnectAttempt? attempt in _attempts)
        {
            attempt?.Close();
        }
    }
}
