using System.Diagnostics;
using System.Runtime.InteropServices;

namespace L4Proxy.Hosting;

/// <summary>The signals of a long-running process: SIGTERM and SIGINT ask it to stop, a second one to hurry; SIGHUP to reload.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _hurry = new();
    private readonly CancellationTokenRegistration _caller;
    private readonly PosixSignalRegistration[] _registrations;
    private int _received;
    private long _stopping;

    public StopSignals(Action reload, CancellationToken stop)
    {
        _caller = stop.Register(BeginStop);
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

    /// <summary>How long ago <see cref="Stop"/> was cancelled; zero before that.</summary>
    public TimeSpan StoppingFor => Volatile.Read(ref _stopping) is var since and not 0 ? Stopwatch.GetElapsedTime(since) : TimeSpan.Zero;

    public void Dispose()
    {
        _caller.Dispose();
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
            if (Interlocked.Increment(ref _received) == 1)
            {
                BeginStop();
            }
            else
            {
                _hurry.Cancel();
            }
        }
        catch (ObjectDisposedException)
        {
            // The signal came while the process was already leaving.
        }
    }

    private void BeginStop()
    {
        // Before anyone hears of the stop: who does may ask at once for how long it has been.
        Interlocked.CompareExchange(ref _stopping, Stopwatch.GetTimestamp(), 0);
        _stop.Cancel();
    }
}
