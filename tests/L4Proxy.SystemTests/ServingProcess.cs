using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using L4Proxy.Testing;

namespace L4Proxy.SystemTests;

/// <summary>The built program while it serves: where it listens, what it says, and signals to it.</summary>
internal sealed class ServingProcess : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("l4proxy-test-").FullName;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();
    private readonly Process _process;
    private readonly Task _reading;

    private ServingProcess(string[] launcher, string[] arguments)
    {
        string[] line = [.. launcher, "dotnet", "exec", Path.Combine(AppContext.BaseDirectory, "l4proxy.dll"), .. arguments, "--ready-file", ReadyFile];
        _process = Process.Start(new ProcessStartInfo(line[0], line[1..])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        _reading = Task.WhenAll(CollectAsync(_process.StandardOutput, _output), CollectAsync(_process.StandardError, _error));
    }

    public string ReadyFile => Path.Combine(_folder, "ready");

    public int Id => _process.Id;

    /// <summary>The lines of the ready file: name and real address.</summary>
    public (string Name, IPEndPoint Address)[] Listeners { get; private set; } = [];

    public IPEndPoint Address => Listeners[0].Address;

    public string Output => Text(_output);

    public string Error => Text(_error);

    /// <summary>Starts the program and waits until it is ready.</summary>
    public static Task<ServingProcess> StartAsync(params string[] arguments) => StartAsync([], arguments);

    /// <summary>Starts the program through another one, and waits until it is ready.</summary>
    /// <param name="launcher">A program with arguments that replaces itself by the command that follows, as env(1) does.</param>
    /// <param name="arguments">The program's arguments.</param>
    public static async Task<ServingProcess> StartAsync(string[] launcher, string[] arguments)
    {
        Requires.Linux();
        ServingProcess serving = new(launcher, arguments);
        await Eventually.True(() => File.Exists(serving.ReadyFile) || serving._process.HasExited);
        if (!File.Exists(serving.ReadyFile))
        {
            await serving.DisposeAsync();
            throw new InvalidOperationException($"the program ended: {serving.Error}");
        }

        serving.Listeners = [.. File.ReadLines(serving.ReadyFile).Select(l => l.Split('\t')).Select(p => (p[0], IPEndPoint.Parse(p[1])))];
        return serving;
    }

    /// <summary>Sends a signal: <c>TERM</c>, <c>INT</c>, <c>HUP</c>.</summary>
    public Task SignalAsync(string name) => Signals.SendAsync(Id, name);

    /// <summary>Waits for the end of the process and of its output; returns the exit code.</summary>
    public async Task<int> ExitCodeAsync()
    {
        await _process.WaitForExitAsync().Within();
        await _reading.Within();
        return _process.ExitCode;
    }

    /// <summary>A line of <c>/proc/PID/status</c> in its unit.</summary>
    public long Status(string name)
    {
        string line = File.ReadLines($"/proc/{Id}/status").First(l => l.StartsWith(name + ":", StringComparison.Ordinal));
        return long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    /// <summary>Processor time used up to now.</summary>
    public TimeSpan ProcessorTime()
    {
        _process.Refresh();
        return _process.TotalProcessorTime;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await ExitCodeAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task CollectAsync(StreamReader reader, StringBuilder text)
    {
        char[] buffer = new char[4096];
        while (await reader.ReadAsync(buffer) is > 0 and int read)
        {
            lock (text)
            {
                text.Append(buffer, 0, read);
            }
        }
    }

    private static string Text(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString();
        }
    }
}
