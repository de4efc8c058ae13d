namespace L4Proxy.Tests.Kubernetes.Watching;

/// <summary>Chance that always falls the same way.</summary>
/// <param name="value">What <see cref="NextDouble"/> gives.</param>
internal sealed class FixedRandom(double value) : Random
{
    public override double NextDouble() => value;
}
