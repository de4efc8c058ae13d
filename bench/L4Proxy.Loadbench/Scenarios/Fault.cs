using System.Net;
using System.Net.Sockets;
using L4Proxy.Loadbench.Backends;
using L4Proxy.Loadbench.Load;
using L4Proxy.Loadbench.Subjects;

namespace L4Proxy.Loadbench.Scenarios;

/// <summary>A backend that is made to fail, for good.</summary>
internal sealed class Fault : IDisposable
{
    /// <summary>A handshake on loopback takes microseconds: what has not connected by then was dropped.</summary>
    private static readonly TimeSpan s_silence = TimeSpan.FromMilliseconds(150);

    /// <summary>A backlog is never longer than net.core.somaxconn, which is 4096 unless somebody raised it.</summary>
    private const int MostFillers = 10_000;

    private readonly List<Socket> _fillers = [];

    /// <exception cref="LoadException">The backlog does not fill up.</exception>
    public static async Task<Fault> BeginAsync(FaultKind kind, BackendProcess backend, CancellationToken cancellation)
    {
        Fault fault = new();
        if (kind == FaultKind.Refused)
        {
            await backend.DisposeAsync();
            return fault;
        }

        Signals.Send(backend.ProcessIds[0], Signals.Stop);
        try
        {
            while (kind == FaultKind.BlackHole && await fault.TryFillAsync(backend.EndPoints[0], cancellation))
            {
                if (fault._fillers.Count > MostFillers)
                {
                    throw new LoadException($"a stopped process still accepts after {MostFillers} connections: it makes no black hole");
                }
            }

            return fault;
        }
        catch
        {
            fault.Dispose();
            throw;
        }
    }

    public void Dispose() => _fillers.ForEach(f => f.Dispose());

    private async Task<bool> TryFillAsync(IPEndPoint address, CancellationToken cancellation)
    {
        Socket filler = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using CancellationTokenSource silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        silence.CancelAfter(s_silence);
        try
        {
            await filler.ConnectAsync(address, silence.Token);
            _fillers.Add(filler);
            return true;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            filler.Dispose();
            return false;
        }
    }
}
