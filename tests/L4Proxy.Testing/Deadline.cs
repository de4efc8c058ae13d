using System.Runtime.CompilerServices;

namespace L4Proxy.Testing;

/// <summary>Puts an end to every wait: a test fails with what it waited for, it never hangs.</summary>
public static class Deadline
{
    /// <summary>Long enough for five copies of the suite side by side on two slow cores.</summary>
    public static readonly TimeSpan Default = TimeSpan.FromSeconds(IsEmulated ? 120 : 30);

    /// <summary>Whether this is a virtual machine of the tests, whose processor may be emulated.</summary>
    private static bool IsEmulated => Environment.GetEnvironmentVariable("L4PROXY_VM") == "1";

    public static async Task<T> Within<T>(
        this Task<T> task, TimeSpan? limit = null, [CallerArgumentExpression(nameof(task))] string what = "")
    {
        await ((Task)task).Within(limit, what);
        return await task;
    }

    public static async Task Within(
        this Task task, TimeSpan? limit = null, [CallerArgumentExpression(nameof(task))] string what = "")
    {
        TimeSpan time = limit ?? Default;
        try
        {
            await task.WaitAsync(time);
        }
        catch (TimeoutException e) when (!task.IsCompleted)
        {
            throw new TimeoutException($"not done within {time.TotalSeconds:0.###} s: {what}", e);
        }
    }
}
