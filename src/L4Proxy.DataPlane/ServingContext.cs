using L4Proxy.DataPlane.Engines;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane;

/// <summary>What all Service ports of a server have in common.</summary>
/// <param name="Engine">Carries the connections.</param>
/// <param name="Inside">Which clients count as inside.</param>
/// <param name="Captured">The frontends whose connections come to a capture listener.</param>
/// <param name="Time">The server's clock.</param>
/// <param name="Stopping">Cancelled when the server stops.</param>
internal sealed record ServingContext(IProxyEngine Engine, InsideState Inside, CaptureIndex Captured, TimeProvider Time, CancellationToken Stopping);
