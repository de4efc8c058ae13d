using System.Net;
using L4Proxy.DataPlane.Engines;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.Tests.Engines;

/// <summary>Listeners for tests that drive an engine without a server.</summary>
internal static class BareListeners
{
    /// <summary>Binds an address for a Service port whose frontend admits all clients.</summary>
    public static IEngineListener Bind(this IProxyEngine engine, IPEndPoint address, ServiceState service) =>
        engine.Bind(new FrontendState(service, new FrontendEntry(address, FrontendKind.Forward), new InsideState()));
}
