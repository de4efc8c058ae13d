using L4Proxy.Testing;
using L4Proxy.Testing.Processes;
using Xunit;

namespace L4Proxy.SystemTests;

/// <summary>Backends that die or freeze while clients come.</summary>
public sealed class BackendDeathTests : ForwardTest
{
    private const int Workers = 8;

    [Theory, MemberData(nameof(Engines))]
    public async Task BackendIsKilled_UnderLoad_OnlyConnectionsItCarriedFail(string engine)
    {
        const int Before = 300;
        const int After = 600;
        Requires.Linux();
        await using BackendProcess a = await BackendProcess.StartAsync("a");
        await using BackendProcess b = await BackendProcess.StartAsync("b");
        await using L4ProxyProcess proxy = await L4ProxyProcess.ForwardAsync(engine, [a.EndPoint, b.EndPoint]);
        int asked = 0;
        int failed = 0;

        await Parallel.ForAsync(0, Before + After, new ParallelOptions { MaxDegreeOfParallelism = Workers }, async (_, _) =>
        {
            if (Interlocked.Increment(ref asked) == Before)
            {
                a.Process.Send(Signal.Kill);
            }

            if (await AskNameAsync(proxy.EndPoint) is not ("a" or "b"))
            {
                Interlocked.Increment(ref failed);
            }
        });

        // At most those that the killed process had accepted, or had in its backlog, at that moment.
        Assert.InRange(failed, 0, Workers);
        for (int i = 0; i < 50; i++)
        {
            Assert.Equal("b", await AskNameAsync(proxy.EndPoint));
        }
    }

    /// <summary>The kernel goes on to accept for a stopped process: that is no failure to connect, and must not eject.</summary>
    [Theory, MemberData(nameof(Engines))]
    public async Task BackendIsStopped_ItsClientsWait_OthersAreServed_AndNobodyIsLostWhenItGoesOn(string engine)
    {
        const int Clients = 20;
        Requires.Linux();
        await using BackendProcess a = await BackendProcess.StartAsync("a");
        await using BackendProcess b = await BackendProcess.StartAsync("b");
        await using L4ProxyProcess proxy = await L4ProxyProcess.ForwardAsync(engine, [a.EndPoint, b.EndPoint]);
        Assert.NotNull(await AskNameAsync(proxy.EndPoint));

        await a.Process.StopAsync();
        Task<string?>[] clients = [.. Enumerable.Range(0, Clients).Select(_ => AskNameAsync(proxy.EndPoint))];
        int served = 0;
        await foreach (Task<string?> client in Task.WhenEach(clients))
        {
            Assert.Equal("b", await client);
            if (++served == Clients / 2)
            {
                break;
            }
        }

        a.Process.Send(Signal.Continue);
        string?[] names = await Task.WhenAll(clients).Within();

        Assert.Equal(Clients / 2, names.Count(n => n == "a"));
        Assert.Equal(Clients / 2, names.Count(n => n == "b"));
    }
}
