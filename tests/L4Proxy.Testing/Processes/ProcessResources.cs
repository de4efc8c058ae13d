using System.Globalization;

namespace L4Proxy.Testing.Processes;

/// <summary>What a process holds, as the kernel tells it. Linux only.</summary>
public static class ProcessResources
{
    /// <summary>State of a listening socket in /proc/net/tcp: TCP_LISTEN of include/net/tcp_states.h.</summary>
    private const string ListenState = "0A";

    /// <summary>Open descriptors of what a proxy could leak: sockets and pipes.</summary>
    public static int SocketsAndPipes(int processId) => Directory.EnumerateFileSystemEntries($"/proc/{processId}/fd").Select(LinkOf)
        .Count(link => link.StartsWith("socket:", StringComparison.Ordinal) || link.StartsWith("pipe:", StringComparison.Ordinal));

    /// <summary>Memory that is resident now, in bytes.</summary>
    public static long ResidentBytes(int processId)
    {
        const string Field = "VmRSS:";
        string line = File.ReadLines($"/proc/{processId}/status").First(l => l.StartsWith(Field, StringComparison.Ordinal));
        return long.Parse(line.AsSpan(Field.Length).Trim().TrimEnd("kB").Trim(), CultureInfo.InvariantCulture) * 1024;
    }

    /// <summary>Ports of TCP that it listens on, of both families.</summary>
    public static IReadOnlyList<int> ListeningPorts(int processId)
    {
        HashSet<string> own = [.. Directory.EnumerateFileSystemEntries($"/proc/{processId}/fd").Select(LinkOf)];
        return
        [
            .. new[] { "tcp", "tcp6" }
                .SelectMany(table => File.ReadLines($"/proc/{processId}/net/{table}").Skip(1))
                .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Where(columns => columns[3] == ListenState && own.Contains($"socket:[{columns[9]}]"))
                .Select(columns => int.Parse(columns[1].AsSpan(columns[1].IndexOf(':', StringComparison.Ordinal) + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture)),
        ];
    }

    private static string LinkOf(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget ?? "";
        }
        catch (IOException)
        {
            // Closed since it was listed.
            return "";
        }
    }
}
