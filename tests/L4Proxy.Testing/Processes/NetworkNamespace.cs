using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace L4Proxy.Testing.Processes;

/// <summary>A network namespace with nothing but a loopback interface, made and removed by the test. Needs root.</summary>
public sealed class NetworkNamespace : IAsyncDisposable
{
    private NetworkNamespace(string name) => Name = name;

    public string Name { get; }

    /// <summary>What to put before a command line to run it inside.</summary>
    public IReadOnlyList<string> Prefix => ["ip", "netns", "exec", Name];

    public static async Task<NetworkNamespace> CreateAsync()
    {
        Requires.Root();
        Requires.Program("ip");
        var space = new NetworkNamespace($"l4proxy-{Guid.NewGuid():N}"[..16]);
        await ChildProcess.RunAsync("ip", "netns", "add", space.Name);
        await space.RunAsync("ip", "link", "set", "lo", "up");
        return space;
    }

    /// <summary>Runs a command inside, to its end, which must be a success.</summary>
    public Task RunAsync(params IReadOnlyList<string> command) => ChildProcess.RunAsync([.. Prefix, .. command]);

    /// <summary>
    /// Runs something inside. A socket belongs for ever to the namespace of the thread that makes it, so what makes
    /// the sockets must run before the first wait.
    /// </summary>
    public Task<T> InsideAsync<T>(Func<Task<T>> make)
    {
        ArgumentNullException.ThrowIfNull(make);
        var result = new TaskCompletionSource<Task<T>>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                using SafeFileHandle space = File.OpenHandle($"/var/run/netns/{Name}");
                if (LinuxCalls.SetNamespace((int)space.DangerousGetHandle(), LinuxCalls.NetworkNamespace) != 0)
                {
                    throw new InvalidOperationException($"setns: {Marshal.GetLastPInvokeErrorMessage()}");
                }

                result.SetResult(make());
            }
            catch (Exception e)
            {
                result.SetException(e);
            }
        }).Start();
        return result.Task.Unwrap();
    }

    public T Inside<T>(Func<T> make) => InsideAsync(() => Task.FromResult(make())).GetAwaiter().GetResult();

    public async ValueTask DisposeAsync() => await ChildProcess.RunAsync("ip", "netns", "delete", Name);
}
