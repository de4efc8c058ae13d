namespace L4Proxy.DataPlane.Services;

/// <summary>Transport protocol of a Service port.</summary>
public enum ServiceProtocol : byte
{
    Tcp,
    Udp,
    Sctp,
}
