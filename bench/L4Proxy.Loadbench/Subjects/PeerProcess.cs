using System.Diagnostics;
using L4Proxy.Loadbench.Load;
using L4Proxy.Loadbench.Measuring;

namespace L4Proxy.Loadbench.Subjects;

/// <summary>A program that was started, with its last words.</summary>
internal sealed class PeerProcess : IAsyncDisposable
{
    /// <summary>Lines that are kept; who wants more reads the program's own log.</summary>
    private const int KeptLines = 40;

    /// <summary>How long a program may take to end when it is told to, before it is killed.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    private readonly Process _process;
    private readonly Workspace _workspace;
    private readonly Queue<string> _lines = new();

    private PeerProcess(Process process, Workspace workspace)
    {
        _process = process;
        _workspace = workspace;
        _process.OutputDataReceived += (_, e) => Keep(e.Data);
        _process.ErrorDataReceived += (_, e) => Keep(e.Data);
    }

    public int Id => _process.Id;

    /// <summary>What asks it to end.</summary>
    private int StopSignal { get; init; }

    /// <summary>When it was asked to end, as <see cref="Stopwatch"/> counts; 0 before.</summary>
    public long ToldToEnd { get; private set; }

    public bool HasExited => _process.HasExited;

    /// <summary>What it wrote last, in one line.</summary>
    public string LastWords
    {
        get
        {
            lock (_lines)
            {
                return string.Join(" | ", _lines.TakeLast(3));
            }
        }
    }

    /// <exception cref="LoadException">It cannot be started.</exception>
    public static PeerProcess Start(Workspace workspace, params IReadOnlyList<string> command) => Start(workspace, Signals.Terminate, command);

    /// <exception cref="LoadException">It cannot be started.</exception>
    public static PeerProcess Start(Workspace workspace, int stopSignal, IReadOnlyList<string> command)
    {
        ProcessStartInfo start = new(command[0], command.Skip(1))
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            PeerProcess process = new(Process.Start(start)!, workspace) { StopSignal = stopSignal };
            workspace.Guardian.Started(process.Id);
            process._process.BeginOutputReadLine();
            process._process.BeginErrorReadLine();
            return process;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new LoadException($"{command[0]} cannot be started: {e.Message}", e);
        }
    }

    /// <summary>Runs a program to its end.</summary>
    /// <returns>What it wrote to standard output, or where that is nothing to standard error; null when it failed or is not there.</returns>
    public static async Task<string?> ReadAsync(IReadOnlyList<string> command, CancellationToken cancellation) =>
        await RunAsync(command, cancellation) is { ExitCode: 0, Text: var text } ? text : null;

    /// <summary>Runs a program to its end.</summary>
    /// <returns>
    /// Its exit code, and what it wrote to standard output, or where that is nothing to standard error; null when it is not there.
    /// </returns>
    public static async Task<(int ExitCode, string Text)?> RunAsync(IReadOnlyList<string> command, CancellationToken cancellation)
    {
        ProcessStartInfo start = new(command[0], command.Skip(1))
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> output = process.StandardOutput.ReadToEndAsync(cancellation);
            Task<string> error = process.StandardError.ReadToEndAsync(cancellation);
            try
            {
                await process.WaitForExitAsync(cancellation);
            }
            finally
            {
                if (!process.HasExited)
                {
                    process.Kill(entireProcessTree: true);
                }
            }

            return (process.ExitCode, await output is { Length: > 0 } found ? found : await error);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    public void Send(int signal) => Signals.Send(_process.Id, signal);

    /// <summary>Asks it to end, and kills it with all of its children when it takes too long.</summary>
    public async ValueTask DisposeAsync()
    {
        int[] tree = [.. ProcessTree.Of(_process.Id)];

        // A stopped process does not even end.
        Send(Signals.Continue);
        ToldToEnd = Stopwatch.GetTimestamp();
        Send(StopSignal);
        while (!_process.HasExited && Stopwatch.GetElapsedTime(ToldToEnd) < s_patience)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(2));
        }

        // Workers of former configurations may still have connections. They also hold its output open, the end of which is waited for.
        foreach (int left in tree.Where(id => ProcFiles.ReadStat(id) is not null))
        {
            Signals.Send(left, Signals.KillNow);
        }

        await _process.WaitForExitAsync(CancellationToken.None);
        _workspace.Guardian.Ended(_process.Id);
        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (string.IsNullOrWhiteSpace(line))
        {
            return;
        }

        lock (_lines)
        {
            _lines.Enqueue(line.Trim());
            if (_lines.Count > KeptLines)
            {
                _lines.Dequeue();
            }
        }
    }
}
