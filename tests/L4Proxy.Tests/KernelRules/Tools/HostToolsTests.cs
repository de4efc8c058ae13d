using System.Globalization;
using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.ControlPlane.KernelRules.Tools;
using L4Proxy.Testing;
using Xunit;

namespace L4Proxy.Tests.KernelRules.Tools;

public sealed class HostToolsTests
{
    private static readonly TimeSpan s_long = TimeSpan.FromMinutes(1);

    private readonly HostTools _tools = new();

    public HostToolsTests() => Requires.Linux();

    [Fact]
    public async Task Follow_ReaderHasHeardEnough_ToolIsGone()
    {
        int process = 0;
        await foreach (string line in _tools.FollowAsync("sh", ["-c", "echo $$; exec sleep 1000"], CancellationToken.None))
        {
            process = int.Parse(line, CultureInfo.InvariantCulture);
            break;
        }

        Assert.False(IsRunning(process));
    }

    [Fact]
    public async Task Run_Cancelled_ToolAndItsChildrenAreGoneWhenItReturns()
    {
        string file = Path.GetTempFileName();
        using CancellationTokenSource cancellation = new();
        Task<ToolResult> run = _tools.RunAsync("sh", ["-c", $"echo $$ > {file}; sleep 1000; true"], null, s_long, cancellation.Token);
        await Eventually.True(() => File.ReadAllText(file).EndsWith('\n'));
        int process = int.Parse(await File.ReadAllTextAsync(file, CancellationToken.None), CultureInfo.InvariantCulture);

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.False(IsRunning(process));
        File.Delete(file);
    }

    [Fact]
    public async Task Run_ToolHangsWithoutReading_EndsInTimeAndSaysSo()
    {
        string tooMuchForAPipe = new('x', 10_000_000);
        RulesException e = await Assert.ThrowsAsync<RulesException>(
            () => _tools.RunAsync("sleep", ["1000"], tooMuchForAPipe, TimeSpan.FromMilliseconds(300), CancellationToken.None));
        Assert.Equal("sleep: no answer within 0.3 s", e.Message);
    }

    [Fact]
    public async Task Run_ToolAnswersBeforeItHasReadAll_NeitherWaitsForTheOther()
    {
        string text = string.Concat(Enumerable.Repeat("0123456789\n", 500_000));
        ToolResult result = await _tools.RunAsync("tee", ["/dev/stderr"], text, s_long, CancellationToken.None);
        Assert.Equal(text.Length, result.Output.Length);
        Assert.Equal(text.Length, result.Error.Length);
    }

    [Fact]
    public async Task Run_ToolEndsWithoutReading_GivesItsWords()
    {
        ToolResult result = await _tools.RunAsync(
            "sh", ["-c", "echo no >&2; exit 3"], new string('x', 10_000_000), s_long, CancellationToken.None);
        Assert.Equal((3, "no\n"), (result.ExitCode, result.Error));
    }

    [Fact]
    public async Task EndOrphans_MonitorWhoseParentIsGone_IsEndedAndOthersAreNot()
    {
        using CancellationTokenSource cancellation = new();
        await using IAsyncEnumerator<string> own = _tools
            .FollowAsync("sh", ["-c", "echo $$; exec sleep 1000"], cancellation.Token).GetAsyncEnumerator(CancellationToken.None);
        Assert.True(await own.MoveNextAsync());

        // Its parent, the shell, ends at once; the variable names a process that never was its parent.
        ToolResult orphan = await _tools.RunAsync(
            "sh", ["-c", "L4PROXY_PARENT=4194304 sleep 1000 >/dev/null 2>&1 </dev/null & echo $!"], null, s_long, CancellationToken.None);
        int orphaned = int.Parse(orphan.Output, CultureInfo.InvariantCulture);
        await Eventually.True(() => File.ReadAllText($"/proc/{orphaned}/environ").Contains("L4PROXY_PARENT", StringComparison.Ordinal));

        OrphanedTools.End();

        await Eventually.True(() => !IsRunning(orphaned));
        Assert.True(IsRunning(int.Parse(own.Current, CultureInfo.InvariantCulture)));
        await cancellation.CancelAsync();
    }

    /// <summary>Who has ended may wait for its parent, or for process 1, to take notice.</summary>
    private static bool IsRunning(int process)
    {
        try
        {
            return !File.ReadLines($"/proc/{process}/status").Any(l => l.StartsWith("State:\tZ", StringComparison.Ordinal));
        }
        catch (IOException)
        {
            return false;
        }
    }
}
