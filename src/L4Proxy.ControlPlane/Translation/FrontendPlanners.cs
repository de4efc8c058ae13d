namespace L4Proxy.ControlPlane.Translation;

/// <summary>The planner of each mode.</summary>
internal static class FrontendPlanners
{
    public static IFrontendPlanner For(TranslationOptions options, IHostAddresses host, IProxyPorts ports) => options.Listen switch
    {
        ListenMode.ProxyPorts => new ProxyPortFrontends(options.BindAddress, ports),
        ListenMode.ServiceAddresses => new ServiceAddressFrontends(isCaptured: false),
        ListenMode.Captured => new ServiceAddressFrontends(isCaptured: true),
        ListenMode.BindAddress => new BindAddressFrontends(options.BindAddress),
        _ => new OwnAddressFrontends(options.BindAddress, host),
    };
}
