using System.Globalization;
using System.Net;
using System.Text.Json;
using L4Proxy.Loadbench.Load;
using L4Proxy.Loadbench.Measuring;
using L4Proxy.Loadbench.Results;
using L4Proxy.Loadbench.Subjects;

namespace L4Proxy.Loadbench.Scenarios;

/// <summary>What iperf3 says of bulk-down, with its own server behind the proxies.</summary>
internal sealed class IperfScenario(string program) : IScenario
{
    public ScenarioSummary Summary { get; } = new("bulk-down-iperf3", "The same as bulk-down with iperf3 as the generator and as the backend.", "GB");

    public bool NeedsProxy => false;

    public bool IsLong => true;

    public async Task<Sample> RunAsync(ScenarioContext context, CancellationToken cancellation)
    {
        IPEndPoint backend = context.Workspace.Ports.Take();
        SubjectListener listener = new(context.Workspace.Ports.Take(), [backend]);
        string port = backend.Port.ToString(CultureInfo.InvariantCulture);
        await using PeerProcess server = PeerProcess.Start(context.Workspace, program, "-s", "-B", "127.0.0.1", "-p", port);
        await using ISubject subject = context.CreateSubject();
        await subject.StartAsync([listener], cancellation);

        // The first is for what is compiled just in time, and until the server listens.
        SubjectMeter meter = new(subject, [server.Id]);
        await AskAsync(subject.Target(listener), 1, cancellation);
        double before = ProcFiles.ReadChildMicroseconds();
        meter.Begin();
        string output = await AskAsync(subject.Target(listener), Math.Max(1, Math.Round(context.Duration.TotalSeconds)), cancellation);
        meter.End();
        return Parse(output, Samples.Of(this, context, meter).WithGenerator(ProcFiles.ReadChildMicroseconds() - before, meter));
    }

    /// <summary>Adds what iperf3 wrote to a sample.</summary>
    /// <exception cref="LoadException">It is not what iperf3 writes.</exception>
    public static Sample Parse(string json, Sample sample)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            if (document.RootElement.TryGetProperty("error", out JsonElement error))
            {
                throw new LoadException($"iperf3: {error.GetString()}");
            }

            JsonElement sum = document.RootElement.GetProperty("end").GetProperty("sum_received");
            double bytes = sum.GetProperty("bytes").GetDouble();
            double seconds = sum.GetProperty("seconds").GetDouble();
            return sample with { Seconds = seconds, BytesPerSecond = bytes / seconds };
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new LoadException($"iperf3 does not say how much it received: {e.Message}", e);
        }
    }

    /// <summary>What iperf3 says of its failure, in one line: with <c>-J</c> it is the field <c>error</c> of what it writes.</summary>
    public static string WordsOf(string output)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(output);
            return document.RootElement.GetProperty("error").GetString() ?? "";
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return output.Trim().ReplaceLineEndings(" | ");
        }
    }

    private async Task<string> AskAsync(IPEndPoint target, double seconds, CancellationToken cancellation)
    {
        string[] command =
        [
            program, "-c", target.Address.ToString(), "-p", target.Port.ToString(CultureInfo.InvariantCulture), "-R", "-P", "4",
            "-t", seconds.ToString(CultureInfo.InvariantCulture), "-J",
        ];
        const int Attempts = 5;
        for (int attempt = 1; ; attempt++)
        {
            // The server takes a moment to be done with the client before, and says that it is busy until then.
            (int ExitCode, string Text)? output = await PeerProcess.RunAsync(command, cancellation);
            if (output is { ExitCode: 0 } && !output.Value.Text.Contains("is busy", StringComparison.Ordinal))
            {
                return output.Value.Text;
            }

            if (attempt == Attempts)
            {
                throw new LoadException($"'{string.Join(' ', command)}' fails: {WordsOf(output?.Text ?? "it is not there")}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
        }
    }
}
