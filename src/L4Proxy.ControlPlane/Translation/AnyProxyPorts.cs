namespace L4Proxy.ControlPlane.Translation;

/// <summary>Leaves the choice to the operating system: it is made once, when the listener is opened.</summary>
internal sealed class AnyProxyPorts : IProxyPorts
{
    public void Begin(ServiceId service)
    {
    }

    public int? Get(ProxyPortOwner owner) => 0;

    public void End(ServiceId service)
    {
    }
}
