using L4Proxy.ControlPlane.Manifests;
using L4Proxy.ControlPlane.Translation;

namespace L4Proxy.ControlPlane.Kubernetes.Access;

/// <summary>Reads a list of kubeconfigs as client-go does: those that are missing are skipped, unless all are.</summary>
internal static class KubeconfigFiles
{
    // As for manifests; the kubeconfig of somebody with hundreds of clusters has 1 MiB.
    private const int MaxBytes = 16 * 1024 * 1024;

    public static Kubeconfig Read(IReadOnlyList<string> paths, string origin, List<Problem> problems)
    {
        Kubeconfig merged = new();
        bool found = false;
        foreach (string path in paths)
        {
            if (ReadContent(path, problems) is { } content)
            {
                found = true;
                merged.Merge(KubeconfigReader.Read(path, content, problems));
            }
        }

        if (!found && problems.Count == 0)
        {
            problems.Add(new Problem
            {
                Severity = ProblemSeverity.Error,
                File = Shown.Message(string.Join(Path.PathSeparator, paths)),
                Message = $"{(paths.Count > 1 ? "none of these exists" : "it does not exist")} ({origin})",
            });
        }

        return merged;
    }

    /// <summary>The files of a list. One file may have the separator in its name.</summary>
    public static IReadOnlyList<string> Split(string list) => File.Exists(list)
        ? [list]
        : [.. list.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal)];

    private static byte[]? ReadContent(string path, List<Problem> problems)
    {
        try
        {
            return BoundedFile.Read(path, MaxBytes);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            problems.Add(new Problem
            {
                Severity = ProblemSeverity.Error,
                File = Shown.Message(path),
                Message = $"cannot be read: {Shown.Message(FileErrors.Describe(e))}",
            });
            return null;
        }
    }
}
