using System.Net.Sockets;
using L4Proxy.Testing;
using L4Proxy.Testing.Clients;
using Xunit;

namespace L4Proxy.SystemTests;

/// <summary>A backend's process dies under load: nobody notices whom another one can serve.</summary>
public sealed class BackendFailureTests
{
    private const int Workers = 8;

    [Theory]
    [InlineData("linux")]
    [InlineData("portable")]
    public async Task Forward_BackendKilledUnderLoad_ServesEveryLaterClient(string engine)
    {
        await using BackendProcess stays = await BackendProcess.StartAsync("stays");
        await using BackendProcess dies = await BackendProcess.StartAsync("dies");
        await using ServingProcess proxy = await ServingProcess.StartAsync("forward", "--engine", engine, $"0={stays.EndPoint},{dies.EndPoint}");

        Load load = new(proxy);
        Task[] workers = [.. Enumerable.Range(0, Workers).Select(_ => Task.Run(load.WorkAsync))];
        await Eventually.True(() => load.Served > 100);
        Assert.Equal(0, load.Failed);

        load.FailuresAreExcused = true;
        await dies.KillAsync();
        load.FailuresAreExcused = false;
        int before = load.Served;
        await Eventually.True(() => load.Served > before + 500);
        load.Stop();
        await Task.WhenAll(workers).Within();

        // A client that was on the killed backend has lost its connection; no other one has.
        Assert.Equal(0, load.Failed);
    }

    private sealed class Load(ServingProcess proxy)
    {
        private int _served;
        private int _failed;
        private int _epoch;
        private volatile bool _stopping;
        private volatile bool _excused;

        public int Served => Volatile.Read(ref _served);

        /// <summary>Clients that failed and began while no failure was excused.</summary>
        public int Failed => Volatile.Read(ref _failed);

        /// <summary>Set before a backend is killed, unset when it is gone.</summary>
        public bool FailuresAreExcused
        {
            get => _excused;
            set
            {
                _excused = value;
                Interlocked.Increment(ref _epoch);
            }
        }

        public void Stop() => _stopping = true;

        public async Task WorkAsync()
        {
            while (!_stopping)
            {
                int epoch = Volatile.Read(ref _epoch);
                try
                {
                    using TcpPeer client = await TcpPeer.ConnectAsync(proxy.Address);
                    client.FinishSending();
                    Assert.Matches("^(stays|dies)\n$", await client.ReceiveTextToEndAsync());
                    Interlocked.Increment(ref _served);
                }
                catch (Exception e) when (e is SocketException or Xunit.Sdk.XunitException)
                {
                    // One that was under way when the backend died began in an earlier epoch than it ended in.
                    if (!FailuresAreExcused && epoch == Volatile.Read(ref _epoch))
                    {
                        Interlocked.Increment(ref _failed);
                    }
                }
            }
        }
    }
}
