using L4Proxy.DataPlane.Engines.Linux.Interop;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane.Engines.Linux;

/// <summary>
/// A listening socket and the options that it hands on at the handshake: setting them there spares system calls for
/// each client. Used by one loop, or by all of them.
/// </summary>
internal sealed class ListenerSocket(int fd)
{
    private readonly Lock _change = new();
    private volatile TcpOptions? _applied;

    /// <summary>Odd while the options change, as in a sequence lock.</summary>
    private uint _version;

    /// <summary>The version that all clients to come have inherited.</summary>
    private uint _inherited;

    public int Fd => fd;

    /// <summary>To be read before accept(2), for <see cref="NoteEmpty"/>.</summary>
    public uint Version => Volatile.Read(ref _version);

    /// <summary>
    /// Brings socket options up to date: on the listening socket, and after a change one by one on the clients that
    /// had their handshake before it.
    /// </summary>
    /// <param name="clientFd">The client.</param>
    /// <param name="options">What it is to have.</param>
    /// <param name="inherited">What the listening socket hands on; another only where the socket serves several Services.</param>
    public void ApplyOptions(int clientFd, TcpOptions options, TcpOptions inherited)
    {
        if (!ReferenceEquals(_applied, inherited))
        {
            Change(inherited);
        }

        if (Version != Volatile.Read(ref _inherited) || (!ReferenceEquals(options, inherited) && options != inherited))
        {
            LinuxFd.ClearOptions(clientFd);
            LinuxFd.Apply(clientFd, options);
        }
    }

    /// <summary>Nobody waited in the backlog since a version was read: whoever comes now inherits what was set then.</summary>
    public void NoteEmpty(uint version)
    {
        if ((version & 1) == 0 && version == Version)
        {
            Volatile.Write(ref _inherited, version);
        }
    }

    private void Change(TcpOptions options)
    {
        // Taken when a Service's options have changed, never in the steady state.
        lock (_change)
        {
            if (options != _applied)
            {
                Volatile.Write(ref _version, _version + 1);
                LinuxFd.ClearOptions(fd);
                LinuxFd.Apply(fd, options);
                Volatile.Write(ref _version, _version + 1);
            }

            _applied = options;
        }
    }
}
