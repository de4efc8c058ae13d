using System.Collections.Immutable;
using L4Proxy.ControlPlane;
using L4Proxy.Options;

namespace L4Proxy.Cli.Sources;

/// <summary>Whether what manifests are to be read from is there.</summary>
internal static class ManifestPaths
{
    /// <summary>One error for each path that does not exist.</summary>
    public static ImmutableArray<Problem> Check(ProxyConfiguration configuration) =>
    [
        .. configuration.Manifests.Where(path => !Path.Exists(path)).Select(path => new Problem
        {
            Severity = ProblemSeverity.Error,
            File = path,
            Message = "no such file or folder",
        }),
    ];
}
