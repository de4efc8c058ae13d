using System.Collections.Immutable;

namespace L4Proxy.ControlPlane.Manifests;

/// <summary>
/// Passes on what the operating system says about changes to manifests. A help to be fast, not to be relied on:
/// watches may be used up (inotify limits), lose events, or not exist for a file system.
/// </summary>
internal sealed class ManifestWatcher : IDisposable
{
    private readonly List<FileSystemWatcher> _watchers = [];
    private readonly Action _onChange;

    /// <summary>Starts to watch.</summary>
    /// <param name="paths">Files and folders as the user named them.</param>
    /// <param name="onChange">Called on any thread, often several times for one change.</param>
    public ManifestWatcher(ImmutableArray<string> paths, Action onChange)
    {
        _onChange = onChange;
        foreach (string path in paths)
        {
            if (Directory.Exists(path))
            {
                // Without an extension it may be a folder.
                Watch(path, recursive: true, name => ManifestTree.IsManifestName(name) || !Path.HasExtension(name) || IsVersion(name));
            }
            else if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder && Directory.Exists(folder))
            {
                // The folder, not the file: editors replace files.
                string file = Path.GetFileName(path);
                Watch(folder, recursive: false, name => name == file || IsVersion(name));
            }
        }
    }

    public void Dispose() => _watchers.ForEach(w => w.Dispose());

    /// <summary>Whether a mounted ConfigMap keeps its versions, or the link to the one in force, under such a name.</summary>
    private static bool IsVersion(string name) => name.StartsWith("..", StringComparison.Ordinal);

    private void Watch(string folder, bool recursive, Func<string, bool> concerns)
    {
        FileSystemWatcher? watcher = null;
        try
        {
            watcher = new FileSystemWatcher(folder) { IncludeSubdirectories = recursive };
            void Changed(string? name)
            {
                if (concerns(Path.GetFileName(name ?? "")))
                {
                    _onChange();
                }
            }

            watcher.Changed += (_, e) => Changed(e.Name);
            watcher.Created += (_, e) => Changed(e.Name);
            watcher.Deleted += (_, e) => Changed(e.Name);
            watcher.Renamed += (_, e) =>
            {
                Changed(e.Name);
                Changed(e.OldName);
            };
            watcher.Error += (_, _) => _onChange();
            watcher.EnableRaisingEvents = true;
            _watchers.Add(watcher);
        }
        catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            watcher?.Dispose();
        }
    }
}
