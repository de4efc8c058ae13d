using System.Net;
using System.Net.Sockets;

namespace L4Proxy.DataPlane.Engines;

/// <summary>An address could not be bound or listened on; the message names the address and the cause.</summary>
public sealed class ListenException : Exception
{
    public ListenException(IPEndPoint address, SocketError error, string cause)
        : base($"cannot listen on {address}: {cause}")
    {
        Address = address;
        Error = error;
    }

    public IPEndPoint Address { get; }

    public SocketError Error { get; }
}
