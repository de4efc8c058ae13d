using System.Diagnostics;
using System.Net;
using L4Proxy.Testing;

namespace L4Proxy.SystemTests;

/// <summary>A backend in a process of its own, to be killed: it says its name and echoes.</summary>
internal sealed class BackendProcess : IAsyncDisposable
{
    private readonly Process _process;

    private BackendProcess(Process process, IPEndPoint endPoint)
    {
        _process = process;
        EndPoint = endPoint;
    }

    public IPEndPoint EndPoint { get; }

    public static async Task<BackendProcess> StartAsync(string name)
    {
        Process process = Process.Start(new ProcessStartInfo(
            "dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "L4Proxy.Testing.dll"), name, "127.0.0.1:0"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        return new BackendProcess(process, IPEndPoint.Parse(await process.StandardOutput.ReadLineAsync().Within() ?? ""));
    }

    /// <summary>SIGKILL; returns when the process is gone.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().Within();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }
}
