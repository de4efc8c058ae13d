using System.Text;

namespace L4Proxy.Hosting;

/// <summary>The file that tells a script that the listeners are open, and where. It exists only while that is so.</summary>
internal sealed class ReadyFile : IDisposable
{
    private readonly string? _path;

    /// <summary>Removes a file that an earlier process left behind.</summary>
    /// <exception cref="IOException">It cannot be removed; the message names the file.</exception>
    public ReadyFile(string? path)
    {
        _path = path;
        if (path is not null)
        {
            Explain(path, () => File.Delete(path));
        }
    }

    /// <summary>Whether there is a file to write.</summary>
    public bool IsUsed => _path is not null;

    /// <summary>Writes all lines at once: a reader sees no file or the whole of it.</summary>
    /// <exception cref="IOException">It cannot be written; the message names the file, and nothing is left of it.</exception>
    public void Write(IEnumerable<string> lines)
    {
        if (_path is not null)
        {
            Explain(_path, () => Replace(_path, string.Concat(lines.Select(l => l + "\n"))));
        }
    }

    public void Dispose()
    {
        if (_path is not null)
        {
            // When it cannot be removed, the next process does it or says why it cannot.
            TryDelete(_path);
        }
    }

    private static void Replace(string path, string text)
    {
        string temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            File.WriteAllText(temporary, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            TryDelete(temporary);
            throw;
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }

    private static void Explain(string path, Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"the ready file {path}: {(Directory.Exists(path) ? "is a folder" : e.Message.TrimEnd('.'))}", e);
        }
    }
}
