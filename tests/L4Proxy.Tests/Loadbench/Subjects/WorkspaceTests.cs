using System.Net;
using L4Proxy.Loadbench.Backends;
using L4Proxy.Loadbench.Subjects;
using L4Proxy.Testing;
using Xunit;

namespace L4Proxy.Tests.Loadbench.Subjects;

public sealed class WorkspaceTests
{
    [Fact]
    public async Task DisposeAsync_OfAProcess_EndsItWithItsChildren()
    {
        using Workspace workspace = new();
        PeerProcess process = PeerProcess.Start(workspace, "sh", "-c", "sleep 60 & echo $!; wait");
        await Eventually.True(() => process.LastWords.Length > 0);
        int child = int.Parse(process.LastWords);

        await process.DisposeAsync();

        await Eventually.True(() => !IsRunning(child));
    }

    [Fact]
    public async Task Dispose_WithAProcessLeft_LeavesNothing()
    {
        Workspace workspace = new();
        string folder = workspace.NewFolder("test");
        using System.Diagnostics.Process left = System.Diagnostics.Process.Start("sleep", "60");
        using System.Diagnostics.Process ended = System.Diagnostics.Process.Start("sleep", "60");
        workspace.Guardian.Started(left.Id);
        workspace.Guardian.Started(ended.Id);
        workspace.Guardian.Ended(ended.Id);

        workspace.Dispose();

        await left.WaitForExitAsync().Within();
        Assert.False(ended.HasExited, "a process that was said to have ended is none of its business");
        Assert.False(Directory.Exists(folder));
        ended.Kill();
    }

    [Fact]
    public async Task Dispose_WithAStoppedBackendLeft_EndsIt()
    {
        Requires.Linux();
        Workspace workspace = new();
        BackendProcess backend = await BackendProcess.StartAsync(
            [new IPEndPoint(IPAddress.Loopback, 0)], threads: 1, CancellationToken.None, workspace.Guardian);
        int id = backend.ProcessIds[0];
        Signals.Send(id, Signals.Stop);
        try
        {
            workspace.Dispose();

            await Eventually.True(() => !IsRunning(id));
        }
        finally
        {
            Signals.Send(id, Signals.KillNow);
        }
    }

    [Fact]
    public async Task ReadAsync_ProgramThatIsMissingOrFails_GivesNull()
    {
        Assert.Null(await PeerProcess.ReadAsync(["no-such-program-anywhere"], CancellationToken.None));
        Assert.Null(await PeerProcess.ReadAsync(["false"], CancellationToken.None));
        Assert.Equal("out\n", await PeerProcess.ReadAsync(["sh", "-c", "echo out; echo err >&2"], CancellationToken.None));
        Assert.Equal("err\n", await PeerProcess.ReadAsync(["sh", "-c", "echo err >&2"], CancellationToken.None));
    }

    private static bool IsRunning(int id) => File.Exists($"/proc/{id}/stat") && !File.ReadAllText($"/proc/{id}/stat").Contains(") Z ", StringComparison.Ordinal);
}
