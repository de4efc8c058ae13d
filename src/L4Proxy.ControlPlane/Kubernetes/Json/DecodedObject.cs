using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Kubernetes.Json;

/// <summary>One object from the API server.</summary>
/// <param name="Header">What it says about itself.</param>
/// <param name="Value">The object; null when something in it is wrong.</param>
/// <param name="Mistake">Path to what is wrong; empty when the whole is, null when nothing is.</param>
internal readonly record struct DecodedObject(ObjectHeader Header, IKubernetesObject? Value, string? Mistake);
