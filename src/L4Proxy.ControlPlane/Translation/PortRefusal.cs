using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>A wish that is not granted.</summary>
/// <param name="Wish">The wish.</param>
/// <param name="Holder">The Service port that has the address, or one that overlaps with it.</param>
internal readonly record struct PortRefusal(FrontendWish Wish, ServicePortKey Holder);
