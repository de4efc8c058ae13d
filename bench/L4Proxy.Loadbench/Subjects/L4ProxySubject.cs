using System.Collections.Immutable;
using System.Globalization;
using System.Net;

namespace L4Proxy.Loadbench.Subjects;

/// <summary>
/// This project's proxy, serving manifests. What changes is written to them, followed by SIGHUP, which reads them at once; without it a
/// change waits until the files are quiet.
/// </summary>
internal sealed class L4ProxySubject(SubjectKind kind, string engine, Workspace workspace) : PeerSubject(kind, workspace)
{
    private const string Applied = "kubeproxy_sync_proxy_rules_duration_seconds_count";

    private readonly SubjectKind _kind = kind;
    private readonly IPEndPoint _metrics = workspace.Ports.Take();
    private readonly HttpClient _client = new();
    private double _applied;

    protected override ImmutableArray<string> Command =>
        [_kind.Program, "run", "--config", Path.Combine(Folder, "l4proxy.yaml"), "--engine", engine, "--ready-file", ReadyFile];

    protected override int StopSignal => Signals.Terminate;

    private string ReadyFile => Path.Combine(Folder, "ready");

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _client.Dispose();
    }

    protected override void WriteConfiguration(ImmutableArray<SubjectListener> listeners)
    {
        Directory.CreateDirectory(Path.Combine(Folder, "manifests"));
        Fill("l4proxy-services.yaml", "manifests/services.yaml", listeners);
        Fill("l4proxy.yaml", "l4proxy.yaml", listeners, ("METRICS", _metrics.ToString()));
    }

    protected override async Task ApplyAsync(
        ImmutableArray<SubjectListener> before, ImmutableArray<SubjectListener> after, CancellationToken cancellation)
    {
        double applied = _applied;
        Process.Send(Signals.Hangup);
        await WaitUntilAsync(async stop => (_applied = await ReadAppliedAsync(stop)) > applied, cancellation);
    }

    protected override async Task<bool> IsReadyAsync(CancellationToken cancellation)
    {
        if (!File.Exists(ReadyFile))
        {
            return false;
        }

        _applied = await ReadAppliedAsync(cancellation);
        return true;
    }

    /// <summary>Tables put in force so far.</summary>
    private async Task<double> ReadAppliedAsync(CancellationToken cancellation)
    {
        string metrics = await _client.GetStringAsync($"http://{_metrics}/metrics", cancellation);
        string? line = metrics.Split('\n').FirstOrDefault(l => l.StartsWith(Applied, StringComparison.Ordinal));
        return line is null ? 0 : double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture);
    }
}
