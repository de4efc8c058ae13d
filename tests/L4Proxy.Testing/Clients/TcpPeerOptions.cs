using System.Net;

namespace L4Proxy.Testing.Clients;

/// <summary>How a client's socket is made.</summary>
public sealed record TcpPeerOptions
{
    public static readonly TcpPeerOptions Default = new();

    /// <summary>Source address; the system's choice when null.</summary>
    public IPAddress? LocalAddress { get; init; }

    /// <summary>Source port, where there is a source address; any free one when 0.</summary>
    public int LocalPort { get; init; }

    /// <summary>SO_RCVBUF in bytes, set before connecting so that the window stays small; the system's choice when 0.</summary>
    public int ReceiveBuffer { get; init; }

    /// <summary>SO_SNDBUF in bytes; the system's choice when 0.</summary>
    public int SendBuffer { get; init; }
}
