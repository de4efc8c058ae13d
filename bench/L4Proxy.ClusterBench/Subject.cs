using System.Diagnostics;
using System.Globalization;
using System.Net;
using L4Proxy.Testing;
using L4Proxy.Testing.Kubernetes;
using L4Proxy.Testing.Processes;

namespace L4Proxy.ClusterBench;

/// <summary>The built program, serving the API server's Services in a process of its own.</summary>
internal sealed class Subject : IAsyncDisposable
{
    private static readonly TimeSpan s_startLimit = TimeSpan.FromMinutes(2);

    private readonly TemporaryFolder _folder = new();
    private readonly ChildProcess _process;

    private Subject(FakeApiServer api, string engine)
    {
        File.WriteAllText(_folder["config"], $$$"""
            {"apiVersion": "v1", "kind": "Config", "current-context": "bench",
             "clusters": [{"name": "bench", "cluster": {"server": "{{{api.Url}}}"}}],
             "users": [{"name": "bench", "user": {}}],
             "contexts": [{"name": "bench", "context": {"cluster": "bench", "user": "bench"}}]}
            """);
        _process = ChildProcess.Start(
            "dotnet", "exec", Path.Combine(AppContext.BaseDirectory, "l4proxy.dll"), "run", "--kubeconfig", _folder["config"],
            "--node-name", "node-0", "--engine", engine, "--ready-file", _folder["ready"],
            "--healthz-bind-address", "off", "--metrics-bind-address", "off");
    }

    public IPEndPoint Marker { get; private set; } = new(IPAddress.None, 0);

    public TimeSpan ProcessorTime => _process.ProcessorTime;

    /// <summary>Memory that is resident now, in MB.</summary>
    public double ResidentMB => Status("VmRSS");

    /// <summary>The most that was ever resident, in MB.</summary>
    public double PeakMB => Status("VmHWM");

    /// <summary>Starts the program; returns when its first table is served, with the time that took.</summary>
    public static async Task<(Subject Subject, TimeSpan Ready)> StartAsync(FakeApiServer api, string engine)
    {
        long start = Stopwatch.GetTimestamp();
        Subject subject = new(api, engine);
        while (!File.Exists(subject._folder["ready"]))
        {
            if (subject._process.HasExited || Stopwatch.GetElapsedTime(start) > s_startLimit)
            {
                string log = subject._process.Log;
                await subject.DisposeAsync();
                throw new InvalidOperationException($"l4proxy did not start: {log}");
            }

            await Task.Delay(5);
        }

        TimeSpan ready = Stopwatch.GetElapsedTime(start);
        string line = (await File.ReadAllLinesAsync(subject._folder["ready"])).First(l => l.Contains($"/{MarkerService.Name}:", StringComparison.Ordinal));
        subject.Marker = IPEndPoint.Parse(line.Split('\t')[1]);
        return (subject, ready);
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _folder.Dispose();
    }

    private double Status(string field)
    {
        string line = File.ReadLines($"/proc/{_process.Id}/status").First(l => l.StartsWith(field, StringComparison.Ordinal));
        return long.Parse(line.AsSpan(field.Length + 1).Trim().TrimEnd("kB").Trim(), CultureInfo.InvariantCulture) / 1024.0;
    }
}
