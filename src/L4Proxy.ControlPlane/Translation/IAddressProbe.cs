using System.Net;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>Says which addresses belong to this host.</summary>
public interface IAddressProbe
{
    /// <summary>Whether a listener on this host can have the address.</summary>
    bool CanBind(IPAddress address);
}
