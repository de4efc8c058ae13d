using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using L4Proxy.DataPlane.Engines;

namespace L4Proxy.DataPlane.Services;

/// <summary>
/// The frontends that have no socket, by the destination that their clients asked for. Read by all threads of an engine without
/// a lock and without an allocation, at the same cost for one frontend and for a hundred thousand; changed under the server's gate,
/// one frontend at a time.
/// </summary>
internal sealed class CaptureIndex
{
    private static readonly UInt128 s_anyIPv4 = ClientAddress.FromIPv4(0, 0).Address;

    /// <summary>A wildcard address is the key with an address of zeros, of its own family.</summary>
    private readonly ConcurrentDictionary<ClientAddress, FrontendState> _frontends = new();

    /// <summary>Frontends in all.</summary>
    public int Count => _frontends.Count;

    /// <summary>Who serves connections to a destination: the frontend of exactly this address, else the wildcard's of its family.</summary>
    public FrontendState? Find(in ClientAddress destination)
    {
        if (_frontends.TryGetValue(destination, out FrontendState? exact))
        {
            return exact;
        }

        UInt128 any = destination.IsIPv4 ? s_anyIPv4 : UInt128.Zero;
        return _frontends.GetValueOrDefault(new ClientAddress(any, destination.Port));
    }

    /// <summary>Has connections to a frontend's address led to it, from the next one on, until what is returned is closed.</summary>
    /// <exception cref="ListenException">Another frontend has the address.</exception>
    public IEngineListener Add(FrontendState frontend)
    {
        IPEndPoint address = frontend.Entry.Address;
        FrontendState holder = _frontends.GetOrAdd(ClientAddress.From(address), frontend);
        return ReferenceEquals(holder, frontend)
            ? new Entry(this, frontend)
            : throw new ListenException(address, SocketError.AddressAlreadyInUse, $"connections to it are captured for {holder.Service.Key}");
    }

    /// <summary>A captured frontend has no socket that could be stopped: without endpoints its clients are reset when they come.</summary>
    private sealed class Entry(CaptureIndex index, FrontendState frontend) : IEngineListener
    {
        public IPEndPoint LocalEndPoint { get; } = frontend.Entry.Address;

        public void SetOpen(bool open)
        {
        }

        public ValueTask CloseAsync()
        {
            _ = index._frontends.TryRemove(new KeyValuePair<ClientAddress, FrontendState>(ClientAddress.From(LocalEndPoint), frontend));
            return ValueTask.CompletedTask;
        }
    }
}
