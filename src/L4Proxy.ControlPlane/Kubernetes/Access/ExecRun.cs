using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using L4Proxy.ControlPlane.Translation;

namespace L4Proxy.ControlPlane.Kubernetes.Access;

/// <summary>Runs an exec plugin once: standard input closed, output bounded, killed with its children at the deadline.</summary>
internal static class ExecRun
{
    // Plugins that ask a cloud need seconds; one that waits for a person who is not there never ends.
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(60);

    // A token and a chain of certificates are a few KiB.
    private const int MaxOutput = 1024 * 1024;
    private const int MaxErrorText = 4096;

    /// <exception cref="ExecFailedException">It handed out nothing.</exception>
    public static async Task<ExecCredential> RunAsync(ExecPlugin plugin, TimeProvider clock, CancellationToken stop)
    {
        using CancellationTokenSource deadline = new(s_deadline, clock);
        using Process process = Start(plugin);
        process.StandardInput.Close();
        Task<byte[]?> output = ReadAsync(process.StandardOutput.BaseStream, MaxOutput, () => Kill(process));
        Task<string> errors = ReadStartAsync(process.StandardError.BaseStream);
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stop);
        try
        {
            await Task.WhenAll(output, errors, process.WaitForExitAsync(CancellationToken.None)).WaitAsync(end.Token);
        }
        catch (OperationCanceledException)
        {
            Kill(process);
            throw new ExecFailedException(stop.IsCancellationRequested ? "was stopped" : $"did not end within {s_deadline.TotalSeconds:0} s");
        }

        if (await output is not { } text)
        {
            throw new ExecFailedException($"printed more than {MaxOutput / 1024} KiB");
        }

        return process.ExitCode == 0
            ? ExecAnswer.Read(text, plugin.ApiVersion, clock.GetUtcNow())
            : throw new ExecFailedException($"failed with exit code {process.ExitCode}{Said(await errors)}");
    }

    private static Process Start(ExecPlugin plugin)
    {
        if (Find(plugin.Command) is not { } path)
        {
            string where = plugin.Command.Contains('/') ? "does not exist" : "is not in PATH";
            throw new ExecFailedException(plugin.InstallHint is null ? where : $"{where}: {Shown.Message(OneLine(plugin.InstallHint))}");
        }

        ProcessStartInfo start = new(path, plugin.Arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach ((string name, string value) in plugin.Environment)
        {
            start.Environment[name] = value;
        }

        start.Environment["KUBERNETES_EXEC_INFO"] = ExecInfo.Write(plugin);
        try
        {
            return Process.Start(start)!;
        }
        catch (Exception e) when (e is Win32Exception or IOException or InvalidOperationException)
        {
            throw new ExecFailedException($"cannot be started: {Shown.Message(e.Message)}");
        }
    }

    /// <summary>Looks in PATH alone: the platform would look in the current folder first, where anybody may have put anything.</summary>
    private static string? Find(string command)
    {
        if (command.Contains('/') || Path.IsPathRooted(command))
        {
            return File.Exists(command) ? command : null;
        }

        string[] names = OperatingSystem.IsWindows() ? [command, command + ".exe"] : [command];
        return (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Where(Path.IsPathRooted)
            .SelectMany(folder => names.Select(name => Path.Combine(folder, name)))
            .FirstOrDefault(IsExecutable);
    }

    private static bool IsExecutable(string path) =>
        File.Exists(path)
        && (OperatingSystem.IsWindows()
            || (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != UnixFileMode.None);

    /// <summary>All of a stream; null, with everything after it thrown away, when that is too much.</summary>
    private static async Task<byte[]?> ReadAsync(Stream stream, int max, Action tooMuch)
    {
        using MemoryStream content = new();
        byte[] buffer = new byte[16 * 1024];
        int read;
        bool fits = true;
        while ((read = await stream.ReadAsync(buffer)) > 0)
        {
            if (fits && content.Length + read > max)
            {
                fits = false;
                tooMuch();
            }

            if (fits)
            {
                await content.WriteAsync(buffer.AsMemory(0, read));
            }
        }

        return fits ? content.ToArray() : null;
    }

    /// <summary>The start of a stream, which is read to its end so that the plugin never waits for us.</summary>
    private static async Task<string> ReadStartAsync(Stream stream)
    {
        using MemoryStream content = new();
        byte[] buffer = new byte[MaxErrorText];
        int read;
        while ((read = await stream.ReadAsync(buffer)) > 0)
        {
            await content.WriteAsync(buffer.AsMemory(0, (int)Math.Min(read, MaxErrorText - content.Length)));
        }

        return Encoding.UTF8.GetString(content.ToArray());
    }

    private static string Said(string errors) => OneLine(errors) is { Length: > 0 } line ? $": {Shown.Message(line)}" : "";

    private static string OneLine(string text) =>
        string.Join("; ", text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It has ended by itself.
        }
    }
}
