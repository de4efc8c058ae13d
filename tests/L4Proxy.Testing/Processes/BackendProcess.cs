using System.Net;
using Xunit;

namespace L4Proxy.Testing.Processes;

/// <summary>A backend in a process of its own, which can be killed or stopped. It says its name, then echoes.</summary>
public sealed class BackendProcess : IAsyncDisposable
{
    private BackendProcess(ChildProcess process) => Process = process;

    public ChildProcess Process { get; }

    public IPEndPoint EndPoint { get; private set; } = new(IPAddress.Loopback, 0);

    public static async Task<BackendProcess> StartAsync(string name)
    {
        string program = typeof(BackendProcess).Assembly.Location;
        var backend = new BackendProcess(ChildProcess.Start("dotnet", "exec", program, name, "127.0.0.1:0"));
        await backend.Process.WaitForAsync("\n");
        Assert.True(IPEndPoint.TryParse(backend.Process.Log.Trim(), out IPEndPoint? address), $"not an address: {backend.Process.Log}");
        backend.EndPoint = address;
        return backend;
    }

    public ValueTask DisposeAsync() => Process.DisposeAsync();
}
