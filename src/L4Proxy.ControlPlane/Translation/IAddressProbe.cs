using System.Net;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>Says what this host can listen on.</summary>
public interface IAddressProbe
{
    /// <summary>Whether a listener on this host can have the address.</summary>
    bool CanBind(IPAddress address);

    /// <summary>Whether the port is free on the address now: nobody on this host, this process included, has it.</summary>
    bool IsFree(IPEndPoint address);
}
