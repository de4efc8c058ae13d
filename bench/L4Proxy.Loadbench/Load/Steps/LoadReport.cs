using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text.Json;
using L4Proxy.Loadbench.Results;

namespace L4Proxy.Loadbench.Load.Steps;

/// <summary>The figures of a whole scenario, as its JSON file keeps them.</summary>
internal sealed record LoadReport
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "load.json";

    private static readonly JsonSerializerOptions s_format = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public required string Name { get; init; }

    public required DateTimeOffset Started { get; init; }

    /// <summary>How this program was called.</summary>
    public required string CommandLine { get; init; }

    public required ImmutableArray<string> Targets { get; init; }

    public string Kernel { get; init; } = RuntimeInformation.OSDescription;

    public int Cores { get; init; } = Environment.ProcessorCount;

    /// <summary>Whether it was ended before its time: the last step may be cut short, and others may be missing.</summary>
    public bool Interrupted { get; init; }

    public required ImmutableArray<Step> Steps { get; init; }

    /// <summary>Writes the file into a folder, which is made where there is none.</summary>
    /// <exception cref="LoadException">It cannot be written.</exception>
    public void Write(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, s_format));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LoadException($"the result cannot be written into {folder}: {e.Message}", e);
        }
    }

    /// <summary>The figures of one step; latencies in microseconds.</summary>
    public sealed record Step
    {
        public required string Name { get; init; }

        public required double Seconds { get; init; }

        public required long Operations { get; init; }

        /// <summary>0 where connections were only held.</summary>
        public required double OperationsPerSecond { get; init; }

        public double? AskedRate { get; init; }

        public required bool Saturated { get; init; }

        public required long Late { get; init; }

        public required long BytesSent { get; init; }

        public required long BytesReceived { get; init; }

        public required LatencySummary Service { get; init; }

        public LatencySummary? Response { get; init; }

        public required LatencySummary FirstByte { get; init; }

        public required ImmutableSortedDictionary<string, long> Errors { get; init; }

        public required double GeneratorMicroseconds { get; init; }

        /// <summary>Whether it was ended before its time.</summary>
        public required bool CutShort { get; init; }

        /// <summary>Thresholds that did not hold.</summary>
        public required ImmutableArray<string> Missed { get; init; }

        public static Step Of(StepOutcome outcome)
        {
            LoadResult result = outcome.Result;
            return new Step
            {
                Name = outcome.Step.Name,
                Seconds = result.Elapsed.TotalSeconds,
                Operations = result.Operations,
                OperationsPerSecond = result.OperationsPerSecond,
                AskedRate = result.AskedRate,
                Saturated = result.IsSaturated,
                Late = result.Late,
                BytesSent = result.BytesSent,
                BytesReceived = result.BytesReceived,
                Service = LatencySummary.Of(result.Service),
                Response = result.Response is null ? null : LatencySummary.Of(result.Response),
                FirstByte = LatencySummary.Of(result.FirstByte),
                Errors = result.Errors.ToImmutableSortedDictionary(e => e.Key.ToString(), e => e.Value, StringComparer.Ordinal),
                GeneratorMicroseconds = result.ProcessorTime.TotalMicroseconds,
                CutShort = outcome.IsCutShort,
                Missed = [.. outcome.Missed.Select(t => t.Text)],
            };
        }
    }
}
