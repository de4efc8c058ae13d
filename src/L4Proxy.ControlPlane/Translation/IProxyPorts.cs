namespace L4Proxy.ControlPlane.Translation;

/// <summary>Gives proxy ports to Services. What a Service had is kept by asking for it again between Begin and End.</summary>
internal interface IProxyPorts
{
    void Begin(ServiceId service);

    /// <summary>A port; 0 for any that is free when the listener is opened; null when there is none left.</summary>
    int? Get(ProxyPortOwner owner);

    void End(ServiceId service);
}
