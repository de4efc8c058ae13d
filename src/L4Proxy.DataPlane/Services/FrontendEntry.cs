using System.Net;

namespace L4Proxy.DataPlane.Services;

/// <summary>One address that a Service port listens on.</summary>
/// <param name="Address">Address and port. Port 0 asks for any free port, chosen once and then kept.</param>
/// <param name="Kind">Why it listens there.</param>
public sealed record FrontendEntry(IPEndPoint Address, FrontendKind Kind);
