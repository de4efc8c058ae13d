using System.Net;
using L4Proxy.ControlPlane;
using L4Proxy.ControlPlane.Manifests;
using L4Proxy.ControlPlane.Names;
using L4Proxy.ControlPlane.Translation;
using L4Proxy.Testing;
using L4Proxy.Tests.Translation;
using Xunit;

namespace L4Proxy.Tests.Manifests;

/// <summary>A source that watches real files, and its snapshots as they come.</summary>
internal sealed class WatchedManifests : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ResolvedNames _names;
    private readonly IAsyncEnumerator<SourceSnapshot> _snapshots;

    public WatchedManifests(string[] paths, INameResolver? resolver = null, TimeSpan? nameInterval = null)
    {
        _names = new ResolvedNames(resolver ?? new NoResolver(), nameInterval ?? TimeSpan.FromHours(1), TimeProvider.System);
        ManifestSourceOptions options = new([.. paths], new TranslationOptions());
        Source = new ManifestSource(options, new FakeHost(), _names, TimeProvider.System);
        _snapshots = Source.WatchAsync(_stop.Token).GetAsyncEnumerator();
    }

    public ManifestSource Source { get; }

    /// <summary>How many snapshots have been taken.</summary>
    public int Taken { get; private set; }

    public static string Service(string name, int port, string more = "") =>
        $"apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{clusterIP: 127.1.0.1, ports: [{{port: {port}}}]}}\n{more}";

    /// <summary>Names and ports of what is served, such as <c>web:80 api:81</c>.</summary>
    public static string Served(SourceSnapshot snapshot) =>
        string.Join(' ', snapshot.Table.Services.Select(s => $"{s.Key.Name}:{string.Join(',', s.Frontends.Select(f => f.Address.Port))}"));

    public async Task<SourceSnapshot> Next()
    {
        Assert.True(await _snapshots.MoveNextAsync().AsTask().Within());
        Taken++;
        return _snapshots.Current;
    }

    /// <summary>Waits for a snapshot that serves this, passing over the steps on the way.</summary>
    public async Task<SourceSnapshot> Until(string served)
    {
        SourceSnapshot snapshot;
        do
        {
            snapshot = await Next();
        }
        while (Served(snapshot) != served);
        return snapshot;
    }

    /// <summary>Waits for a snapshot with such a problem.</summary>
    public async Task<SourceSnapshot> UntilProblem(string part)
    {
        SourceSnapshot snapshot;
        do
        {
            snapshot = await Next();
        }
        while (!snapshot.Problems.Any(p => p.ToString().Contains(part, StringComparison.Ordinal)));
        return snapshot;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        try
        {
            await _snapshots.MoveNextAsync().AsTask().Within();
        }
        catch (OperationCanceledException)
        {
        }

        await _snapshots.DisposeAsync();
        await Source.DisposeAsync();
        _names.Dispose();
        _stop.Dispose();
    }

    private sealed class NoResolver : INameResolver
    {
        public ValueTask<IPAddress[]> ResolveAsync(string host, CancellationToken cancellation) =>
            throw new System.Net.Sockets.SocketException((int)System.Net.Sockets.SocketError.HostNotFound);
    }
}
