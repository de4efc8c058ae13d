using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using L4Proxy.Testing.Kubernetes;

namespace L4Proxy.ClusterBench;

/// <summary>
/// One Service whose endpoint is moved between two backends of this process. A change is in force when a new
/// connection through the proxy is answered by the other one.
/// </summary>
internal sealed class MarkerService : IAsyncDisposable
{
    public const string Name = "marker";

    /// <summary>A change that is not in force by then has failed.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly FakeApiServer _api;
    private readonly NamedBackend[] _backends = [new NamedBackend((byte)'a'), new NamedBackend((byte)'b')];
    private int _current;

    public MarkerService(FakeApiServer api)
    {
        _api = api;
        _api.Apply(ClusterObjects.Service(Name, 65000));
        Point();
    }

    /// <summary>Connects once, nothing changed. The first time both processes compile what that takes.</summary>
    public async Task<TimeSpan> AnswerAsync(IPEndPoint proxy)
    {
        long start = Stopwatch.GetTimestamp();
        while (await AskAsync(proxy) != _backends[_current].Name)
        {
            if (Stopwatch.GetElapsedTime(start) > s_patience)
            {
                throw new TimeoutException($"not the answer of the endpoint in force after {s_patience.TotalSeconds} s");
            }
        }

        return Stopwatch.GetElapsedTime(start);
    }

    /// <summary>Moves the endpoint and waits until a client meets the new one. The time from just before the change.</summary>
    public async Task<TimeSpan> MoveAsync(IPEndPoint proxy)
    {
        long start = Stopwatch.GetTimestamp();
        _current = 1 - _current;
        Point();
        await AnswerAsync(proxy);
        return Stopwatch.GetElapsedTime(start);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (NamedBackend backend in _backends)
        {
            await backend.DisposeAsync();
        }
    }

    private static async Task<byte> AskAsync(IPEndPoint proxy)
    {
        using Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await client.ConnectAsync(proxy);
            byte[] answer = new byte[1];
            return await client.ReceiveAsync(answer) == 1 ? answer[0] : (byte)0;
        }
        catch (SocketException)
        {
            return 0;
        }
    }

    private void Point() => _api.Apply(ClusterObjects.Slice(Name, [_backends[_current].EndPoint]));
}
