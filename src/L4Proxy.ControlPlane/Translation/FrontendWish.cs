using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>A frontend that a Service port should have, unless another one has its address.</summary>
/// <param name="Frontend">The frontend.</param>
/// <param name="Source">Path of the field that asks for it.</param>
internal readonly record struct FrontendWish(FrontendEntry Frontend, string Source);
