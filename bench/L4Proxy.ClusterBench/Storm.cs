using System.Diagnostics;
using System.Net;
using L4Proxy.Testing.Kubernetes;

namespace L4Proxy.ClusterBench;

/// <summary>Changes of EndpointSlices at a steady rate, while the marker is moved again and again.</summary>
internal sealed class Storm(FakeApiServer api, BenchOptions options)
{
    /// <summary>Time between two moves of the marker.</summary>
    private static readonly TimeSpan s_markerInterval = TimeSpan.FromMilliseconds(200);

    private readonly Random _random = new(1);

    /// <summary>Changes made.</summary>
    public int Changes { get; private set; }

    /// <summary>Runs the storm and returns how long each move of the marker took, in order.</summary>
    public async Task<List<TimeSpan>> RunAsync(MarkerService marker, IPEndPoint proxy)
    {
        using CancellationTokenSource over = new();
        Task<List<TimeSpan>> moves = Task.Run(() => MoveMarkerAsync(marker, proxy, over.Token));
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start).TotalSeconds is var elapsed && elapsed < options.Seconds)
        {
            for (int due = (int)(elapsed * options.Rate); Changes < due; Changes++)
            {
                int service = _random.Next(options.Services);
                api.Apply(ClusterObjects.Slice($"svc-{service}", ClusterObjects.Pods(service, options.Endpoints, Changes)));
            }

            await Task.Delay(1);
        }

        await over.CancelAsync();
        return await moves;
    }

    private static async Task<List<TimeSpan>> MoveMarkerAsync(MarkerService marker, IPEndPoint proxy, CancellationToken over)
    {
        List<TimeSpan> moves = [];
        while (!over.IsCancellationRequested)
        {
            moves.Add(await marker.MoveAsync(proxy));
            await Task.Delay(s_markerInterval, CancellationToken.None);
        }

        return moves;
    }
}
