using System.Collections.Immutable;
using L4Proxy.ControlPlane.Translation;
using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Manifests;

/// <summary>The objects of all files and folders that the user named. For one thread at a time.</summary>
/// <param name="paths">Files and folders as the user named them.</param>
/// <param name="time">Clock against which the age of files is taken.</param>
internal sealed class ManifestSet(ImmutableArray<string> paths, TimeProvider time)
{
    private readonly Dictionary<string, ManifestFileState> _states = new(StringComparer.Ordinal);
    private ManifestScan? _scan;

    public KubernetesObjects Objects { get; private set; } = new();

    public ImmutableArray<Problem> Problems { get; private set; } = [];

    /// <summary>Whether <see cref="Refresh"/> may find something new; costs no more than a look at each file's stamp.</summary>
    public bool IsStale()
    {
        ManifestScan scan = ManifestTree.Scan(paths);
        return _scan is null || !scan.SameAs(_scan) || scan.Files.Any(f => _states[f.Path].IsStale(f.Stamp));
    }

    /// <summary>Reads what has changed.</summary>
    /// <param name="readAll">Whether to trust no stamp and read every file.</param>
    public void Refresh(bool readAll)
    {
        DateTime now = time.GetUtcNow().UtcDateTime;
        ManifestScan scan = ManifestTree.Scan(paths);
        List<string> order = [.. scan.Files.Select(f => f.Path)];
        foreach ((string path, FileStamp stamp) in scan.Files)
        {
            if (!_states.TryGetValue(path, out ManifestFileState? state))
            {
                state = new ManifestFileState(path);
                _states.Add(path, state);
            }

            if (readAll || state.IsStale(stamp))
            {
                state.Read(stamp, now);
            }
        }

        HashSet<string> present = [.. order];
        foreach (string gone in _states.Keys.Where(p => !present.Contains(p)).Order(StringComparer.Ordinal).ToList())
        {
            if (scan.UnreadableFolders.Any(folder => IsBelow(gone, folder)))
            {
                order.Add(gone);
            }
            else
            {
                _states.Remove(gone);
            }
        }

        _scan = scan;
        Combine(order, scan.Problems);
    }

    private static bool IsBelow(string path, string folder) =>
        path.StartsWith(Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <summary>Of an object that is there twice, the first one counts.</summary>
    private void Combine(List<string> order, ImmutableArray<Problem> problems)
    {
        Dictionary<ObjectId, IKubernetesObject> objects = [];
        ImmutableArray<Problem>.Builder all = ImmutableArray.CreateBuilder<Problem>();
        all.AddRange(problems);
        foreach (ManifestFileState state in order.Select(p => _states[p]))
        {
            all.AddRange(state.Problems);
            foreach (IKubernetesObject value in state.Objects)
            {
                ObjectId id = ObjectId.Of(value);
                if (!objects.TryAdd(id, value))
                {
                    ObjectOrigin first = objects[id].Metadata.Origin;
                    ObjectOrigin second = value.Metadata.Origin;
                    all.Add(new Problem
                    {
                        Severity = ProblemSeverity.Error,
                        Message = $"ignored: it is there already, at {first.File}:{first.Line}",
                        File = second.File,
                        Line = second.Line,
                        Object = id.ToString(),
                    });
                }
            }
        }

        Objects = KubernetesObjects.Of(objects.Values);
        Problems = all.ToImmutable();
    }
}
