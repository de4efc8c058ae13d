using System.Net.Sockets;

namespace L4Proxy.DataPlane.Engines.Portable;

/// <summary>A descriptor that is kept to be given up when no other is left, so that a client can be accepted and reset.</summary>
internal sealed class SpareDescriptor : IDisposable
{
    private readonly Lock _gate = new();
    private Socket? _spare;
    private bool _disposed;

    public SpareDescriptor() => Take();

    /// <summary>Frees the descriptor; false when there is none to free.</summary>
    public bool Release()
    {
        lock (_gate)
        {
            bool held = _spare is not null;
            _spare?.Dispose();
            _spare = null;
            return held;
        }
    }

    /// <summary>Takes a descriptor again, if one can be had.</summary>
    public void Take()
    {
        lock (_gate)
        {
            if (_spare is not null || _disposed)
            {
                return;
            }

            try
            {
                _spare = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            }
            catch (SocketException)
            {
                // None is left now; the next call may find one.
            }
        }
    }

    public void Dispose()
    {
        Release();
        _disposed = true;
    }
}
