using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using L4Proxy.Loadbench.Load;
using L4Proxy.Loadbench.Subjects;

namespace L4Proxy.Loadbench.Backends;

/// <summary>
/// A backend in a process of its own, so that its CPU time is seen apart. It ends with this process, whatever becomes of that: at the end of its
/// standard input, or where it is stopped and does not notice, by the guardian.
/// </summary>
internal sealed class BackendProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_startLimit = TimeSpan.FromSeconds(30);

    private readonly Process _process;

    private readonly Guardian? _guardian;

    private BackendProcess(Process process, Guardian? guardian, ImmutableArray<IPEndPoint> endPoints)
    {
        _process = process;
        _guardian = guardian;
        EndPoints = endPoints;
    }

    /// <summary>Where it listens, in the order of the addresses that it was started with.</summary>
    public ImmutableArray<IPEndPoint> EndPoints { get; }

    public ImmutableArray<int> ProcessIds => [_process.Id];

    /// <summary>How it was started.</summary>
    public string CommandLine => string.Join(' ', [_process.StartInfo.FileName, .. _process.StartInfo.ArgumentList]);

    /// <summary>Starts it; on return it accepts on all addresses.</summary>
    /// <param name="addresses">Where to listen; port 0 is any free one.</param>
    /// <param name="threads">Threads, 1 or more.</param>
    /// <param name="cancellation">Gives up, and leaves nothing behind.</param>
    /// <param name="guardian">Ends it in place of this process where that is killed; needed for a backend that gets stopped.</param>
    /// <exception cref="LoadException">It does not start.</exception>
    public static async Task<BackendProcess> StartAsync(
        IEnumerable<IPEndPoint> addresses, int threads, CancellationToken cancellation, Guardian? guardian = null)
    {
        IPEndPoint[] asked = [.. addresses];
        string[] command =
        [
            .. OwnProgram(), "backend", "--threads", threads.ToString(CultureInfo.InvariantCulture), .. asked.Select(a => a.ToString()),
        ];
        ProcessStartInfo start = new(command[0], command[1..])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        Process process = Process.Start(start)!;
        guardian?.Started(process.Id);
        try
        {
            string? line = await process.StandardOutput.ReadLineAsync(cancellation).AsTask().WaitAsync(s_startLimit, cancellation);
            string[] words = line?.Split(' ') ?? [];
            return words.Length == asked.Length + 1 && words[0] == "ready"
                ? new BackendProcess(process, guardian, [.. words[1..].Select(IPEndPoint.Parse)])
                : throw new LoadException("the backend did not start; its own words are above");
        }
        catch
        {
            await EndAsync(process, guardian);
            throw;
        }
    }

    public ValueTask DisposeAsync() => EndAsync(_process, _guardian);

    /// <summary>This program as a command: the process may be one that only uses it, such as a test.</summary>
    private static string[] OwnProgram()
    {
        string assembly = typeof(BackendProcess).Assembly.Location;
        string program = Path.ChangeExtension(assembly, null);
        return File.Exists(program) ? [program] : ["dotnet", "exec", assembly];
    }

    private static async ValueTask EndAsync(Process process, Guardian? guardian)
    {
        using (process)
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
            guardian?.Ended(process.Id);
        }
    }
}
