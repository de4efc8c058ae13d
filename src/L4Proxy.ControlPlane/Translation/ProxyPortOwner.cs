using System.Net;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>What of a Service a proxy port is for.</summary>
/// <param name="Port">Name of the Service port.</param>
/// <param name="Kind">Kind of the frontend.</param>
/// <param name="Bind">Where it listens.</param>
internal readonly record struct ProxyPortOwner(string Port, FrontendKind Kind, IPAddress Bind);
