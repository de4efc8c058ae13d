using System.Collections.Immutable;
using L4Proxy.ControlPlane;
using L4Proxy.Options;

namespace L4Proxy.Cli;

/// <summary>Whether there is anything to read manifests from.</summary>
internal static class ManifestPaths
{
    /// <summary>One error for each path that does not exist, and one when a path is required and none is given.</summary>
    public static ImmutableArray<Problem> Check(ProxyConfiguration configuration, bool required)
    {
        if (required && configuration.Manifests.IsEmpty)
        {
            return [Error(null, "no manifests: give --manifests PATH, or the key manifests in the configuration")];
        }

        return [.. configuration.Manifests.Where(path => !Path.Exists(path)).Select(path => Error(path, "no such file or folder"))];
    }

    private static Problem Error(string? file, string message) => new()
    {
        Severity = ProblemSeverity.Error,
        File = file,
        Message = message,
    };
}
