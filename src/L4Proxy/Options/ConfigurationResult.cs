using System.Collections.Immutable;
using L4Proxy.ControlPlane;

namespace L4Proxy.Options;

/// <summary>A configuration, and all that is wrong with its sources. With an error, the configuration is not to be used.</summary>
internal sealed record ConfigurationResult(ProxyConfiguration Configuration, ImmutableArray<Problem> Problems)
{
    public bool HasErrors => Problems.Any(p => p.Severity == ProblemSeverity.Error);
}
