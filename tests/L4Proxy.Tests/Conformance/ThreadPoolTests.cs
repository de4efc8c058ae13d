using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using L4Proxy.Testing;
using L4Proxy.Testing.Proxies;
using Xunit;

namespace L4Proxy.Tests.Conformance;

/// <summary>
/// The Linux engine has threads of its own: a host whose thread pool is blocked still relays. The portable engine runs
/// on the pool and promises no such thing.
/// </summary>
[Collection(typeof(AloneCollection))]
public sealed class ThreadPoolTests : ConformanceTest
{
    private const int BlockingJobs = 64;
    private const int Clients = 50;

    [Fact]
    public async Task ThreadPoolIsBlocked_LinuxEngineStillAcceptsAndRelays()
    {
        Requires.Linux();
        using var backend = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        backend.Bind(IPFamily.IPv4.AnyPort());
        backend.Listen();
        ProxyFixture proxy = await ProxyAsync(TestedEngine.Linux, IPFamily.IPv4, (IPEndPoint)backend.LocalEndPoint!);
        IPEndPoint target = proxy.EndPoint;
        var result = new TaskCompletionSource<TimeSpan>(TaskCreationOptions.RunContinuationsAsynchronously);

        new Thread(() => ServeNames(backend)) { IsBackground = true }.Start();
        new Thread(() => result.SetResult(MeasureWhileBlocked(target))) { IsBackground = true }.Start();

        Assert.True(await result.Task.Within() < TimeSpan.FromSeconds(2), "clients waited for the thread pool");
    }

    /// <summary>Runs on a thread of its own with blocking sockets: nothing here needs the pool either.</summary>
    private static TimeSpan MeasureWhileBlocked(IPEndPoint target)
    {
        using var release = new ManualResetEventSlim();
        using var finished = new CountdownEvent(BlockingJobs);
        for (int i = 0; i < BlockingJobs; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                _ =>
                {
                    release.Wait();
                    finished.Signal();
                },
                state: null);
        }

        long start = Stopwatch.GetTimestamp();
        byte[] name = new byte[1];
        for (int i = 0; i < Clients; i++)
        {
            using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            client.ReceiveTimeout = (int)Deadline.Default.TotalMilliseconds;
            client.Connect(target);
            Assert.Equal(1, client.Receive(name));
        }

        TimeSpan took = Stopwatch.GetElapsedTime(start);
        release.Set();
        finished.Wait();
        return took;
    }

    private static void ServeNames(Socket listener)
    {
        try
        {
            for (int i = 0; i < Clients; i++)
            {
                using Socket connection = listener.Accept();
                connection.Send([1]);
                connection.Shutdown(SocketShutdown.Send);
                connection.Receive(new byte[1]);
            }
        }
        catch (SocketException)
        {
            // The test has failed and closed the listener.
        }
    }
}
