using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;

namespace L4Proxy.ControlPlane.KernelRules.Tools;

/// <summary>The tools of the host that this process runs on.</summary>
public sealed class HostTools : IHostTools
{
    /// <summary>Where packet tools are when PATH of an ordinary user leaves them out (Filesystem Hierarchy Standard 3.0, 4.10).</summary>
    private static readonly string[] s_systemFolders = ["/usr/sbin", "/sbin"];

    /// <summary>What a killed tool may take to be gone: the kernel finishes the transaction that it has begun, and nothing takes longer.</summary>
    private static readonly TimeSpan s_longestDeath = TimeSpan.FromSeconds(10);

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <inheritdoc/>
    public bool Exists(string tool) => Find(tool) is not null;

    /// <inheritdoc/>
    public async Task<ToolResult> RunAsync(
        string tool, IReadOnlyList<string> arguments, string? input, TimeSpan timeout, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        using Process process = Start(tool, arguments, isFollowed: false);
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(timeout);
        using CancellationTokenRegistration killing = deadline.Token.Register(() => Kill(process));
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(deadline.Token);
            Task<string> error = process.StandardError.ReadToEndAsync(deadline.Token);
            await WriteAsync(process, input, deadline.Token);
            ToolResult result = new(0, await output, await error);
            await process.WaitForExitAsync(deadline.Token);
            return result with { ExitCode = process.ExitCode };
        }
        catch (OperationCanceledException e)
        {
            await EndAsync(process);
            cancellation.ThrowIfCancellationRequested();
            throw new RulesException($"{tool}: no answer within {timeout.TotalSeconds:0.#} s", e);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> FollowAsync(
        string tool, IReadOnlyList<string> arguments, [EnumeratorCancellation] CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        using Process process = Start(tool, arguments, isFollowed: true);
        using CancellationTokenRegistration killing = cancellation.Register(() => Kill(process));
        try
        {
            process.StandardInput.Close();
            Task<string> error = process.StandardError.ReadToEndAsync(cancellation);
            while (await process.StandardOutput.ReadLineAsync(cancellation) is { } line)
            {
                yield return line;
            }

            await process.WaitForExitAsync(cancellation);
            if (process.ExitCode != 0)
            {
                throw new RulesException($"{tool}: {FirstLine(await error)}");
            }
        }
        finally
        {
            // Who has heard enough reads no more, and a tool that monitors would stay until it has something to say.
            await EndAsync(process);
        }
    }

    /// <summary>The first line of what a tool wrote to standard error, which most of them put the cause in.</summary>
    internal static string FirstLine(string text)
    {
        string line = text.AsSpan().Trim().ToString().Split('\n', 2)[0].Trim();
        return line.Length == 0 ? "ended with an error and without a word" : line;
    }

    private static async Task WriteAsync(Process process, string? input, CancellationToken cancellation)
    {
        try
        {
            await using StreamWriter writer = process.StandardInput;
            await writer.WriteAsync((input ?? "").AsMemory(), cancellation);
        }
        catch (IOException)
        {
            // It ended without reading to the end; its exit code and its words say why.
        }
    }

    private static Process Start(string tool, IReadOnlyList<string> arguments, bool isFollowed)
    {
        string path = Find(tool) ?? throw new RulesException($"{tool}: not found in PATH, /usr/sbin and /sbin");
        ProcessStartInfo start = new(path, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = s_utf8,
            StandardOutputEncoding = s_utf8,
            StandardErrorEncoding = s_utf8,
            UseShellExecute = false,
        };

        // What tools say is parsed.
        start.Environment["LC_ALL"] = "C";
        if (isFollowed)
        {
            OrphanedTools.Mark(start);
        }

        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new RulesException($"{tool}: cannot be started: {e.Message}", e);
        }
    }

    private static string? Find(string tool) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Concat(s_systemFolders)
            .Select(folder => Path.Combine(folder, tool))
            .FirstOrDefault(File.Exists);

    /// <summary>
    /// Kills a tool and waits until it is gone: what it does in the kernel until then would come between the next tool's looking and its
    /// doing.
    /// </summary>
    private static async Task EndAsync(Process process)
    {
        Kill(process);
        using CancellationTokenSource limit = new(s_longestDeath);
        await process.WaitForExitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It is gone already.
        }
    }
}
