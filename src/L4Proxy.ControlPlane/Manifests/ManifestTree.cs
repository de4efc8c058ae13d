using System.Collections.Immutable;

namespace L4Proxy.ControlPlane.Manifests;

/// <summary>
/// Finds manifest files: a file is taken as it is; of a folder all *.yaml, *.yml and *.json in it and below, in
/// ordinal order of their names. Hidden entries are skipped (a mounted ConfigMap keeps its versions in such folders),
/// and so are folders behind symbolic links, which may lead in circles.
/// </summary>
internal sealed class ManifestTree
{
    // A folder named by mistake (a home folder, /) should end in a message, not in hours of reading.
    private const int MaxFiles = 10_000;
    private const int MaxDepth = 32;

    private static readonly string[] s_extensions = [".yaml", ".yml", ".json"];

    private readonly List<(string Path, FileStamp Stamp)> _files = [];
    private readonly ImmutableArray<string>.Builder _unreadable = ImmutableArray.CreateBuilder<string>();
    private readonly ImmutableArray<Problem>.Builder _problems = ImmutableArray.CreateBuilder<Problem>();
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    /// <summary>Files and folders as the user named them.</summary>
    public static ManifestScan Scan(ImmutableArray<string> paths)
    {
        ManifestTree tree = new();
        foreach (string path in paths)
        {
            tree.Add(path);
        }

        return new ManifestScan
        {
            Files = [.. tree._files],
            UnreadableFolders = tree._unreadable.ToImmutable(),
            Problems = tree._problems.ToImmutable(),
        };
    }

    /// <summary>Whether a file in a folder is a manifest.</summary>
    public static bool IsManifestName(ReadOnlySpan<char> name)
    {
        ReadOnlySpan<char> extension = Path.GetExtension(name);
        foreach (string known in s_extensions)
        {
            if (extension.Equals(known, StringComparison.OrdinalIgnoreCase))
            {
                return !name.StartsWith('.');
            }
        }

        return false;
    }

    private void Add(string path)
    {
        if (Directory.Exists(path))
        {
            int before = _seen.Count;
            AddFolder(new DirectoryInfo(path), path, 0);
            if (_seen.Count == before && _unreadable.Count == 0)
            {
                Report(ProblemSeverity.Warning, path, "holds no *.yaml, *.yml or *.json");
            }
        }
        else if (File.Exists(path))
        {
            AddFile(new FileInfo(path), path);
        }
        else
        {
            Report(ProblemSeverity.Error, path, "no such file or folder");
        }
    }

    private void AddFolder(DirectoryInfo folder, string path, int depth)
    {
        List<FileSystemInfo> entries;
        try
        {
            entries = [.. folder.EnumerateFileSystemInfos()
                .Where(e => !e.Name.StartsWith('.') && (e is FileInfo || e.LinkTarget is null))
                .OrderBy(e => e.Name, StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _unreadable.Add(path);
            Report(ProblemSeverity.Error, path, $"cannot be listed: {FileErrors.Describe(e)}");
            return;
        }

        foreach (FileSystemInfo entry in entries)
        {
            string entryPath = Path.Combine(path, entry.Name);
            if (entry is DirectoryInfo inner)
            {
                if (depth < MaxDepth)
                {
                    AddFolder(inner, entryPath, depth + 1);
                }
            }
            else if (IsManifestName(entry.Name))
            {
                AddFile((FileInfo)entry, entryPath);
            }
        }
    }

    private void AddFile(FileInfo file, string path)
    {
        // A file may be named itself and be in a folder that is named: the first mention counts.
        if (!_seen.Add(file.FullName))
        {
            return;
        }

        if (_files.Count == MaxFiles)
        {
            Report(ProblemSeverity.Error, path, $"not read, nor what comes after it: more than {MaxFiles} files");
        }

        if (_files.Count < MaxFiles)
        {
            _files.Add((path, StampOf(file)));
        }
    }

    private static FileStamp StampOf(FileInfo file)
    {
        try
        {
            return FileStamp.Of(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Reading it will say what is the matter.
            return new FileStamp(-1, default, null);
        }
    }

    private void Report(ProblemSeverity severity, string path, string message) =>
        _problems.Add(new Problem { Severity = severity, Message = message, File = path });
}
