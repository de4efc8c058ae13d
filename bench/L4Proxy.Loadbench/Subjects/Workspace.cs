using System.Globalization;

namespace L4Proxy.Loadbench.Subjects;

/// <summary>Folder, ports and processes of one comparison. All of it is gone when it is disposed of, and when this process is killed.</summary>
internal sealed class Workspace : IDisposable
{
    private int _folders;

    public Workspace()
    {
        Folder = Directory.CreateTempSubdirectory("l4proxy-bench-").FullName;
        Guardian = new Guardian(Folder);
    }

    public string Folder { get; }

    public Guardian Guardian { get; }

    public FreePorts Ports { get; } = new();

    /// <summary>An empty folder of its own for something of this name.</summary>
    public string NewFolder(string name) => Directory.CreateDirectory(
        Path.Combine(Folder, string.Create(CultureInfo.InvariantCulture, $"{name}-{Interlocked.Increment(ref _folders)}"))).FullName;

    public void Dispose() => Guardian.Dispose();
}
