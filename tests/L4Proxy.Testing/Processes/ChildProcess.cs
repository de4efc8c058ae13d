using System.Diagnostics;
using System.Text;
using Xunit;

namespace L4Proxy.Testing.Processes;

/// <summary>A process of a test: its output is kept, it can be signalled, and it never outlives the test.</summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _log = new();
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();
    private readonly Task _reading;

    private ChildProcess(Process process)
    {
        _process = process;
        _reading = Task.WhenAll(ReadAsync(process.StandardOutput, _output), ReadAsync(process.StandardError, _error));
    }

    public bool HasExited => _process.HasExited;

    public int Id => _process.Id;

    /// <summary>Everything written so far to standard output and standard error.</summary>
    public string Log => Text(_log);

    /// <summary>Everything written so far to standard output.</summary>
    public string Output => Text(_output);

    /// <summary>Everything written so far to standard error.</summary>
    public string Error => Text(_error);

    /// <summary>Processor time used so far.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Starts a command line.</summary>
    public static ChildProcess Start(params IReadOnlyList<string> command)
    {
        ArgumentNullException.ThrowIfNull(command);
        ProcessStartInfo start = new(command[0], command.Skip(1))
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // Backends of tests are on loopback, where those of a real cluster never are.
        start.Environment["L4PROXY__KUBERNETES__LOOPBACKENDPOINTS"] = "true";
        return new ChildProcess(Process.Start(start)!);
    }

    /// <summary>Runs a command to its end, which must be a success.</summary>
    /// <returns>What it wrote to standard output.</returns>
    public static Task<string> RunAsync(params IReadOnlyList<string> command) => RunWithInputAsync("", command);

    /// <summary>Runs a command that reads something to its end, which must be a success.</summary>
    /// <returns>What it wrote to standard output.</returns>
    public static async Task<string> RunWithInputAsync(string input, params IReadOnlyList<string> command)
    {
        await using ChildProcess process = Start(command);
        await process._process.StandardInput.WriteAsync(input);
        process._process.StandardInput.Close();
        int code = await process.WaitForExitAsync();
        Assert.True(code == 0, $"'{string.Join(' ', command)}' ended with {code}: {process.Log}");
        return process.Output;
    }

    /// <summary>Stops the process as SIGSTOP does, and returns when all of its threads have stopped.</summary>
    public async Task StopAsync()
    {
        Send(Signal.Stop);
        await Eventually.True(() => Directory.EnumerateDirectories($"/proc/{Id}/task")
            .All(task => File.ReadAllText($"{task}/stat") is var stat && stat[(stat.LastIndexOf(')') + 2)] == 'T'));
    }

    public void Send(Signal signal) => Assert.Equal(0, LinuxCalls.Kill(_process.Id, (int)signal));

    /// <summary>Waits for the end and all output; the exit code.</summary>
    public async Task<int> WaitForExitAsync(TimeSpan? limit = null)
    {
        await _process.WaitForExitAsync().Within(limit);
        await _reading.Within(limit);
        return _process.ExitCode;
    }

    /// <summary>Waits for a line of output that contains a text.</summary>
    public Task WaitForAsync(string text) =>
        Eventually.True(() => Log.Contains(text, StringComparison.Ordinal) || HasExited, what: $"'{text}' in the output");

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await WaitForExitAsync();
        _process.Dispose();
    }

    private string Text(StringBuilder text)
    {
        lock (_log)
        {
            return text.ToString();
        }
    }

    private async Task ReadAsync(StreamReader reader, StringBuilder own)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (_log)
            {
                _log.AppendLine(line);
                own.AppendLine(line);
            }
        }
    }
}
