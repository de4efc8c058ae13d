using System.Collections.Immutable;
using L4Proxy.Loadbench.Results;

namespace L4Proxy.Tests.Loadbench.Results;

/// <summary>A result made by hand: three rounds of rr-64, in which one proxy has errors, and one of reload and of bulk-down.</summary>
internal static class SmallResult
{
    public static CompareResult Create() => new()
    {
        Environment = new BenchEnvironment
        {
            Started = new DateTimeOffset(2026, 3, 1, 12, 30, 0, TimeSpan.Zero),
            Kernel = "Linux 6.1.0-18-amd64 X64",
            Processor = "Processor of a test",
            Cores = 2,
            MemoryBytes = 8L << 30,
            Runtime = ".NET 10.0.1",
            Commit = "0123456789abcdef",
            CommandLine = "loadbench compare --rounds 3",
            Versions = ImmutableSortedDictionary<string, string>.Empty.Add("haproxy", "2.6.12").Add("nginx", "1.22.1"),
            CommandLines = ImmutableSortedDictionary<string, string>.Empty.Add("haproxy", "haproxy -db -f haproxy.cfg"),
            Remarks = ["The machine was not idle | before <the> run."],
        },
        Scenarios =
        [
            new ScenarioSummary("rr-64", "Small requests over 64 connections.", "request"),
            new ScenarioSummary("bulk-down", "Long answers.", "GB"),
            new ScenarioSummary("reload", "A change under load.", "connection"),
            new ScenarioSummary("idle", "Left out of this run.", "connection"),
        ],
        Samples =
        [
            // 10, 11 and 12 us of CPU for a request, and 12.5 of the peer: ratios of 0.8, 0.88 and 0.96.
            Request("l4proxy-linux", 1, operations: 100_000, user: 200_000, system: 800_000, p99: 900),
            Request("haproxy", 1, operations: 80_000, user: 100_000, system: 900_000, p99: 1000),
            Request("direct", 1, operations: 200_000, user: 0, system: 0, p99: 300),
            Request("haproxy", 2, operations: 80_000, user: 100_000, system: 900_000, p99: 1000),
            Request("direct", 2, operations: 210_000, user: 0, system: 0, p99: 310),
            Request("l4proxy-linux", 2, operations: 100_000, user: 200_000, system: 900_000, p99: 950),
            Request("direct", 3, operations: 220_000, user: 0, system: 0, p99: 320),
            Request("l4proxy-linux", 3, operations: 100_000, user: 200_000, system: 1_000_000, p99: 1100),
            Request("haproxy", 3, operations: 80_000, user: 100_000, system: 900_000, p99: 1000) with
            {
                Errors = ImmutableSortedDictionary<string, long>.Empty.Add("Reset", 2).Add("Timeout", 1),
            },
            // 2 GB in each.
            Bulk("l4proxy-linux", 300_000),
            Bulk("haproxy", 500_000),
            new Sample
            {
                Scenario = "reload",
                Subject = "l4proxy-linux",
                Round = 1,
                Seconds = 2,
                Operations = 1000,
                AskedRate = 1000,
                Saturated = true,
                Response = new LatencySummary(50, 60, 70, 80, 90, 55),
                Extra = ImmutableSortedDictionary<string, double>.Empty.Add("stalled connections", 0).Add("longest stall (ms)", 0.5),
            },
        ],
    };

    private static Sample Request(string subject, int round, long operations, double user, double system, double p99) => new()
    {
        Scenario = "rr-64",
        Subject = subject,
        Round = round,
        Seconds = 2,
        Operations = operations,
        OperationsPerSecond = operations / 2.0,
        BytesPerSecond = operations * 150.0,
        Service = new LatencySummary(p99 / 3, p99 / 2, p99, p99 * 4, p99 * 10, p99 / 2.5),
        UserMicroseconds = user,
        SystemMicroseconds = system,
        GeneratorMicroseconds = 500_000,
        BackendMicroseconds = 600_000,
        PeakResidentBytes = user > 0 ? 50L << 20 : 0,
        EndResidentBytes = user > 0 ? 49L << 20 : 0,
    };

    private static Sample Bulk(string subject, double system) => new()
    {
        Scenario = "bulk-down",
        Subject = subject,
        Round = 1,
        Seconds = 2,
        Operations = 30,
        OperationsPerSecond = 15,
        BytesPerSecond = 1e9,
        SystemMicroseconds = system,
    };
}
