using System.Runtime.InteropServices;

namespace L4Proxy.Hosting;

/// <summary>The signals of a long-running process: SIGTERM and SIGINT ask it to stop, a second one to hurry; SIGHUP to reload.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _stop;
    private readonly CancellationTokenSource _hurry = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _received;

    public StopSignals(Action reload, CancellationToken stop)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnStop),
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnStop),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
            {
                context.Cancel = true;
                reload();
            }),
        ];
    }

    /// <summary>Cancelled by the first signal, or by the caller's token.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>Cancelled by the second signal.</summary>
    public CancellationToken Hurry => _hurry.Token;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _stop.Dispose();
        _hurry.Dispose();
    }

    private void OnStop(PosixSignalContext context)
    {
        context.Cancel = true;
        try
        {
            (Interlocked.Increment(ref _received) == 1 ? _stop : _hurry).Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The signal came while the process was already leaving.
        }
    }
}
