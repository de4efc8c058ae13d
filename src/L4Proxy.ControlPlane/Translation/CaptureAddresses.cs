using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>Where captured connections arrive.</summary>
internal static class CaptureAddresses
{
    /// <summary>
    /// For <see cref="ServiceTable.CaptureListeners"/>: all addresses of each family that the host has, because rules lead a connection to
    /// that of the interface on which it came.
    /// </summary>
    public static ImmutableArray<IPEndPoint> Of(TranslationOptions options, NodeView node) =>
        options.Listen != ListenMode.Captured || options.CapturePort == 0 ? []
        : node.HasFamily(AddressFamily.InterNetworkV6) ? [new(IPAddress.Any, options.CapturePort), new(IPAddress.IPv6Any, options.CapturePort)]
        : [new(IPAddress.Any, options.CapturePort)];
}
