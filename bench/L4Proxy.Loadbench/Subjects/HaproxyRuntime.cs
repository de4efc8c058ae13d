using System.Globalization;
using System.Net.Sockets;
using System.Text;
using L4Proxy.Loadbench.Load;

namespace L4Proxy.Loadbench.Subjects;

/// <summary>HAProxy's runtime API on a Unix socket (management guide, 9.3): one connection for each batch of commands.</summary>
internal sealed class HaproxyRuntime(string path)
{
    /// <summary>Runs commands, separated by semicolons; returns when they are in force.</summary>
    /// <exception cref="LoadException">HAProxy did not take them.</exception>
    public async Task SayAsync(string commands, CancellationToken cancellation)
    {
        string answer = await AskAsync(commands, cancellation)
            ?? throw new LoadException("HAProxy's runtime API does not answer");

        // "IP changed from ..." or "no need to change ..." where it did as told.
        if (answer.Contains("nknown command", StringComparison.Ordinal) || answer.Contains("No such", StringComparison.Ordinal)
            || answer.Contains("Permission denied", StringComparison.Ordinal))
        {
            throw new LoadException($"HAProxy's runtime API refuses '{commands}': {answer.Trim().ReplaceLineEndings(" | ")}");
        }
    }

    /// <summary>The worker that answers now; null when none does.</summary>
    public async Task<int?> ReadProcessIdAsync(CancellationToken cancellation)
    {
        const string Field = "Pid: ";
        string answer = await AskAsync("show info", cancellation) ?? "";
        string? line = answer.Split('\n').FirstOrDefault(l => l.StartsWith(Field, StringComparison.Ordinal));
        return line is null ? null : int.Parse(line.AsSpan(Field.Length), CultureInfo.InvariantCulture);
    }

    private async Task<string?> AskAsync(string commands, CancellationToken cancellation)
    {
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
            await using NetworkStream stream = new(socket);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(commands + "\n"), cancellation);
            using StreamReader reader = new(stream, Encoding.ASCII);
            return await reader.ReadToEndAsync(cancellation);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return null;
        }
    }
}
