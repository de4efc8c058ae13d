using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace L4Proxy.Testing.Processes;

/// <summary>A thread inside a network namespace: a socket belongs for ever to the namespace of the thread that makes it.</summary>
internal sealed class NamespaceThread : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread _thread;

    public NamespaceThread(string name)
    {
        _thread = new Thread(() => Run(name)) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>Starts something inside; only what comes before its first wait runs there.</summary>
    public Task<T> StartAsync<T>(Func<Task<T>> make)
    {
        TaskCompletionSource<Task<T>> started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            try
            {
                started.SetResult(make());
            }
            catch (Exception e)
            {
                started.SetException(e);
            }
        });
        return started.Task.Unwrap();
    }

    /// <summary>Ends after what has been started; as long as the thread lives, so does the namespace.</summary>
    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }

    private void Run(string name)
    {
        Enter(name);
        foreach (Action action in _work.GetConsumingEnumerable())
        {
            action();
        }
    }

    private static void Enter(string name)
    {
        using SafeFileHandle space = File.OpenHandle($"/var/run/netns/{name}");
        if (LinuxCalls.SetNamespace((int)space.DangerousGetHandle(), LinuxCalls.NetworkNamespace) != 0)
        {
            // Work that ran in the test's own network instead would change that: better no test at all.
            Environment.FailFast($"setns {name}: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }
}
