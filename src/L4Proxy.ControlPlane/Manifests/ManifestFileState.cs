using System.Collections.Immutable;
using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Manifests;

/// <summary>
/// What is in force of one file. What was good stays when the file or an object in it turns bad: a Service must not
/// go away because somebody is in the middle of an edit.
/// </summary>
/// <param name="path">The file as the user named it.</param>
internal sealed class ManifestFileState(string path)
{
    /// <summary>Largest file that is read: some 100,000 endpoints.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    // A change right after a read can leave size and time of a file as they were, because file systems count time in
    // steps, up to 2 s on FAT: until then the content is what counts.
    private static readonly TimeSpan s_timeStep = TimeSpan.FromSeconds(2);

    private (int Length, ulong Hash)? _content;
    private FileStamp _stamp;
    private bool _stampIsTrusted;
    private bool _wasComplete;

    public ImmutableArray<IKubernetesObject> Objects { get; private set; } = [];

    public ImmutableArray<Problem> Problems { get; private set; } = [];

    /// <summary>Whether the file may have another content than the one in force.</summary>
    public bool IsStale(FileStamp stamp) => !_stampIsTrusted || stamp != _stamp;

    /// <summary>Reads the file, and puts what it says in force if it has changed.</summary>
    /// <param name="stamp">The file's stamp, taken before.</param>
    /// <param name="utcNow">The time, by the clock of the file system.</param>
    public void Read(FileStamp stamp, DateTime utcNow)
    {
        _stamp = stamp;
        TimeSpan age = utcNow - stamp.LastWriteUtc;
        _stampIsTrusted = age > s_timeStep || age < -s_timeStep;
        byte[] content;
        try
        {
            content = ReadBytes();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            _stampIsTrusted = false;
            _content = null;
            Keep([Problem(ProblemSeverity.Error, $"cannot be read: {FileErrors.Describe(e)}")]);
            return;
        }

        (int, ulong) fingerprint = (content.Length, Fnv1a(content));
        if (_content != fingerprint)
        {
            _content = fingerprint;
            Apply(content);
        }
    }

    /// <summary>
    /// FNV-1a, 64 bits (draft-eastlake-fnv): tells an edit from none. A cryptographic hash would do no better against
    /// chance, and brings in libraries that take 5 MB of an idle process.
    /// </summary>
    private static ulong Fnv1a(ReadOnlySpan<byte> bytes)
    {
        ulong hash = 0xcbf29ce484222325;
        foreach (byte b in bytes)
        {
            hash = (hash ^ b) * 0x100000001b3;
        }

        return hash;
    }

    private void Apply(byte[] content)
    {
        if (content.Length > MaxBytes)
        {
            Keep([Problem(ProblemSeverity.Error, $"is larger than {MaxBytes} bytes")]);
        }
        else if (content.Length == 0 && !Objects.IsEmpty)
        {
            // A shell that redirects into a file empties it long before the first byte is written.
            Keep([Problem(ProblemSeverity.Warning, "is empty; to remove its objects, remove the file")]);
        }
        else
        {
            Apply(ManifestReader.Read(path, content));
        }
    }

    private void Apply(ManifestContent content)
    {
        if (!content.IsComplete && _wasComplete)
        {
            Keep(content.Problems);
            return;
        }

        // Of a file that was never complete nobody knows what else belongs to it.
        HashSet<ObjectId> good = [.. content.Objects.Select(ObjectId.Of)];
        ImmutableArray<IKubernetesObject> kept =
            [.. Objects.Where(o => !good.Contains(ObjectId.Of(o)) && (!content.IsComplete || content.Broken.Contains(ObjectId.Of(o))))];
        Objects = [.. content.Objects, .. kept];
        Problems =
        [
            .. content.Problems,
            .. kept.Select(o => Problem(ProblemSeverity.Warning, "its last good state stays in force", ObjectId.Of(o))),
        ];
        _wasComplete |= content.IsComplete;
    }

    private void Keep(ImmutableArray<Problem> because) => Problems = Objects.IsEmpty
        ? because
        : because.Add(Problem(ProblemSeverity.Warning, $"the last good state of its objects stays in force ({Objects.Length})"));

    private byte[] ReadBytes()
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        // One byte more than allowed is enough to know; the length may be wrong for files that are no files.
        byte[] buffer = new byte[Math.Clamp(stream.CanSeek ? stream.Length : 0, 0, MaxBytes) + 1];
        int length = 0;
        while (true)
        {
            int read = stream.Read(buffer, length, buffer.Length - length);
            length += read;
            if (read == 0 || length > MaxBytes)
            {
                return buffer[..length];
            }

            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, Math.Min(buffer.Length * 2, MaxBytes + 1));
            }
        }
    }

    private Problem Problem(ProblemSeverity severity, string message, ObjectId? about = null) =>
        new() { Severity = severity, Message = message, File = path, Object = about?.ToString() };
}
