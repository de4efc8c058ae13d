using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.ControlPlane.KernelRules.Conntrack;
using L4Proxy.ControlPlane.KernelRules.Tools;
using L4Proxy.DataPlane.Services;
using L4Proxy.Testing;
using Xunit;

namespace L4Proxy.Tests.KernelRules.Conntrack;

public sealed class ConntrackCleanerTests
{
    private readonly Conntrack _tool = new();
    private readonly ListLogger<ConntrackCleaner> _log = new();

    [Fact]
    public async Task CleanAsync_StaleFlows_DeletesEachPairOfDestinationAndEndpointOnce()
    {
        _tool.Lines =
        [
            Line("10.0.0.9", "10.1.1.31"),
            Line("10.0.0.9", "10.1.1.30"),
            Line("10.0.0.8", "10.1.1.30"),
        ];

        await new ConntrackCleaner(_tool, _log).CleanAsync(null, State("10.1.1.31:5353"), default);

        Assert.Equal(
            [
                "-L -f ipv4 -p udp",
                "-D -f ipv4 -p udp --orig-dst 10.96.1.11 --orig-port-dst 53 --reply-src 10.1.1.30 --reply-port-src 5353",
            ],
            _tool.Calls);
    }

    [Fact]
    public async Task CleanAsync_NothingChanged_RunsNothing()
    {
        RulesState state = State("10.1.1.31:5353");

        await new ConntrackCleaner(_tool, _log).CleanAsync(state, state, default);

        Assert.Empty(_tool.Calls);
    }

    [Fact]
    public async Task CleanAsync_ToolIsMissing_WarnsOnce()
    {
        _tool.IsMissing = true;
        ConntrackCleaner cleaner = new(_tool, _log);

        await cleaner.CleanAsync(null, State("10.1.1.31:5353"), default);
        await cleaner.CleanAsync(null, State("10.1.1.31:5353"), default);

        Assert.Contains("conntrack: not found", Assert.Single(_log.Messages), StringComparison.Ordinal);
        Assert.Empty(_tool.Calls);
    }

    [Fact]
    public async Task CleanAsync_FlowHasEndedMeanwhile_IsNoTrouble()
    {
        _tool.Lines = [Line("10.0.0.9", "10.1.1.30")];
        _tool.Deletion = new ToolResult(1, "", "conntrack v1.4.7 (conntrack-tools): 0 flow entries have been deleted.\n");

        await new ConntrackCleaner(_tool, _log).CleanAsync(null, State("10.1.1.31:5353"), default);

        Assert.DoesNotContain(_log.Messages, l => l.Contains("stale", StringComparison.Ordinal));
    }

    [Fact]
    public async Task CleanAsync_ToolFailed_IsMadeUpForWithTheNextApplication()
    {
        RulesState before = State("10.1.1.30:5353");
        RulesState after = State("10.1.1.31:5353");
        _tool.Lines = [Line("10.0.0.9", "10.1.1.30")];
        _tool.Deletion = new ToolResult(1, "", "conntrack v1.4.7 (conntrack-tools): Operation failed: No buffer space available\n");
        ConntrackCleaner cleaner = new(_tool, _log);
        await cleaner.CleanAsync(before, after, default);
        _tool.Deletion = new ToolResult(0, "", "");
        _tool.Calls.Clear();

        await cleaner.CleanAsync(after, after, default);
        Assert.Equal(2, _tool.Calls.Count);
        await cleaner.CleanAsync(after, after, default);
        Assert.Equal(2, _tool.Calls.Count);
    }

    [Fact]
    public async Task CleanAsync_HostsAddressesCannotBeRead_ForgetsWhatIsCertainAndMakesUpForTheRest()
    {
        const string ToNodePort = "udp      17 29 src=10.0.0.9 dst=192.168.77.1 sport=4000 dport=30053 "
            + "src=192.168.77.1 dst=10.0.0.9 sport=30053 dport=4000 mark=0 use=1";
        int failures = int.MaxValue;
        _tool.Lines = [ToNodePort, Line("10.0.0.9", "10.1.1.30")];
        ConntrackCleaner cleaner = new(_tool, _log)
        {
            ReadAddresses = () => failures-- > 0 ? throw new ArgumentException("An invalid IP address was specified.", (string?)null) : [IPAddress.Parse("192.168.77.1")],
        };
        RulesState after = State("10.1.1.31:5353");
        await cleaner.CleanAsync(null, after, default);
        Assert.Contains("--reply-src 10.1.1.30", Assert.Single(_tool.Calls, c => c.StartsWith("-D", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains(_log.Messages, m => m.Contains("addresses cannot be read: An invalid IP address", StringComparison.Ordinal));
        failures = 2;
        _tool.Lines = [ToNodePort];
        _tool.Calls.Clear();

        await cleaner.CleanAsync(after, after, default);

        Assert.Contains("--orig-dst 192.168.77.1 --orig-port-dst 30053", _tool.Calls[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task CleanAsync_ToolFails_SaysSoAndGoesOn()
    {
        _tool.Lines = [Line("10.0.0.9", "10.1.1.30")];
        _tool.Deletion = new ToolResult(1, "", "conntrack v1.4.7 (conntrack-tools): Operation failed: Operation not permitted\n");

        await new ConntrackCleaner(_tool, _log).CleanAsync(null, State("10.1.1.31:5353"), default);

        Assert.Contains("Operation not permitted", Assert.Single(_log.Messages), StringComparison.Ordinal);
    }

    private static string Line(string client, string endpoint) =>
        $"udp      17 29 src={client} dst=10.96.1.11 sport=4000 dport=53 src={endpoint} dst={client} sport=5353 dport=4000 mark=0 use=1";

    private static RulesState State(params string[] serving)
    {
        ServiceRules dns = new()
        {
            Key = new ServicePortKey("shop", "dns", "", ServiceProtocol.Udp),
            Port = 53,
            NodePort = 30053,
            ClusterIPs = [IPAddress.Parse("10.96.1.11")],
            ServingEndpoints = [.. serving.Select(IPEndPoint.Parse)],
        };
        return new RulesState(
            new FamilyRules { Family = AddressFamily.InterNetwork, Services = [dns] }, new FamilyRules { Family = AddressFamily.InterNetworkV6 });
    }

    private sealed class Conntrack : IHostTools
    {
        public List<string> Calls { get; } = [];

        public string[] Lines { get; set; } = [];

        public bool IsMissing { get; set; }

        public ToolResult Deletion { get; set; } = new(0, "", "conntrack v1.4.7 (conntrack-tools): 1 flow entries have been deleted.\n");

        public bool Exists(string tool) => tool == "conntrack" && !IsMissing;

        public Task<ToolResult> RunAsync(
            string tool, IReadOnlyList<string> arguments, string? input, TimeSpan timeout, CancellationToken cancellation)
        {
            Calls.Add(string.Join(' ', arguments));
            return Task.FromResult(Deletion);
        }

        public async IAsyncEnumerable<string> FollowAsync(
            string tool, IReadOnlyList<string> arguments, [EnumeratorCancellation] CancellationToken cancellation)
        {
            Calls.Add(string.Join(' ', arguments));
            await Task.CompletedTask;
            foreach (string line in Lines)
            {
                yield return line;
            }
        }
    }
}
