using System.Text;

namespace L4Proxy.Hosting;

/// <summary>The file that tells a script that the listeners are open, and where. It exists only while that is so.</summary>
internal sealed class ReadyFile : IDisposable
{
    private readonly string? _path;

    /// <summary>Removes a file that an earlier process left behind.</summary>
    /// <exception cref="IOException">It cannot be removed.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be removed.</exception>
    public ReadyFile(string? path)
    {
        _path = path;
        if (path is not null)
        {
            File.Delete(path);
        }
    }

    /// <summary>Writes all lines at once: a reader sees no file or the whole of it.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public void Write(IEnumerable<string> lines)
    {
        if (_path is not null)
        {
            string temporary = $"{_path}.{Environment.ProcessId}.tmp";
            File.WriteAllText(temporary, string.Concat(lines.Select(l => l + "\n")), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
            File.Move(temporary, _path, overwrite: true);
        }
    }

    public void Dispose()
    {
        try
        {
            if (_path is not null)
            {
                File.Delete(_path);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The process ends anyway; the next one removes the file or says why it cannot.
        }
    }
}
