using System.Net;
using System.Text;
using L4Proxy.Cli.Table;
using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.ControlPlane.Manifests;
using L4Proxy.ControlPlane.Translation;
using L4Proxy.ControlPlane.Translation.Objects;
using L4Proxy.DataPlane.Services;
using L4Proxy.Testing;
using Xunit;

namespace L4Proxy.Tests.Translation;

/// <summary>
/// Twenty-five Services, one for each feature (tests/cases/cluster), as two nodes of their cluster serve them: for every
/// address the endpoints that a client in a Pod, on the node and outside gets. What is expected is what kube-proxy v1.36
/// does with such Services. With L4PROXY_UPDATE_CASES=1 the files are written instead of compared.
/// </summary>
public sealed class ClusterCases
{
    private static readonly string s_cases = Repository.PathOf("tests", "cases", "cluster");

    private static readonly string[] s_files = [Path.Combine(s_cases, "services.yaml"), Path.Combine(s_cases, "slices.yaml")];

    [Theory]
    [InlineData("worker-1", "north", 1)]
    [InlineData("worker-2", "south", 2)]
    public void Node_Services_LeadEachClientWhereKubeProxyDoes(string name, string zone, int number)
    {
        TranslationResult result = Translate(Options(ListenMode.ProxyPorts, name), Host(number), NodeOf(name, zone, number));

        Check($"{name}.txt", Render(TableDocument.From(result.ToSnapshot())));
    }

    /// <summary>The Service addresses that this node binds, with routes that make them its own.</summary>
    [Fact]
    public void Node_ServiceAddresses_LeadEachClientWhereKubeProxyDoes()
    {
        TranslationResult result = Translate(Options(ListenMode.ServiceAddresses, "worker-1"), Host(1), NodeOf("worker-1", "north", 1));

        Check("worker-1-addresses.txt", Render(TableDocument.From(result.ToSnapshot())));
    }

    /// <summary>What the kernel is told; and captured frontends are led to a proxy by the same addresses.</summary>
    [Theory]
    [InlineData("worker-1", "north", 1)]
    [InlineData("worker-2", "south", 2)]
    public void Node_Rules_AreThoseOfKubeProxy(string name, string zone, int number)
    {
        TranslationOptions options = Options(ListenMode.Captured, name) with { Protocols = [ServiceProtocol.Tcp, ServiceProtocol.Udp, ServiceProtocol.Sctp] };

        TranslationResult result = Translate(options, Host(number), NodeOf(name, zone, number));

        RulesState rules = new RulesModel(new RulesOptions()).Of(result.ToSnapshot());
        Assert.Empty(rules.IPv6.Services);
        Check($"{name}-rules.txt", string.Concat(rules.IPv4.Services.Select(Render)) + string.Concat(result.Problems.Select(p => $"{p.Severity} {p.Object}: {p.Message}\n")));
    }

    private static TranslationOptions Options(ListenMode mode, string name) => new()
    {
        Listen = mode,
        NodeName = name,
        ClusterNetworks = [IPNetwork.Parse("10.60.0.0/16")],
    };

    private static FakeHost Host(int number)
    {
        FakeHost host = new();
        host.Set(IPAddress.Loopback, IPAddress.Parse($"192.168.60.{number}"));
        return host;
    }

    private static Node NodeOf(string name, string zone, int number) => new()
    {
        Metadata = new ObjectMeta { Name = name, Labels = new Dictionary<string, string>(StringComparer.Ordinal) { ["topology.kubernetes.io/zone"] = zone } },
        Spec = new NodeSpec { PodCIDRs = [$"10.60.{number}.0/24"] },
        Status = new NodeStatus { Addresses = [new NodeAddress { Type = "InternalIP", Address = $"192.168.60.{number}" }] },
    };

    private static void Check(string name, string actual)
    {
        string file = Path.Combine(s_cases, name);
        if (Environment.GetEnvironmentVariable("L4PROXY_UPDATE_CASES") == "1")
        {
            File.WriteAllText(file, actual);
        }

        Assert.Equal(File.Exists(file) ? File.ReadAllText(file) : "(no such file)", actual);
    }

    /// <summary>Files read as objects and given to a live translator, the slices first.</summary>
    private static TranslationResult Translate(TranslationOptions options, IHostAddresses host, Node node)
    {
        ManifestSet set = new([.. s_files], TimeProvider.System);
        set.Refresh(readAll: true);
        LiveTranslator translator = new(options, host);
        foreach (EndpointSlice slice in set.Objects.EndpointSlices)
        {
            translator.Set(slice);
        }

        foreach (Service service in set.Objects.Services)
        {
            translator.Set(service);
        }

        translator.SetNode(node);
        return translator.Build();
    }

    private static string Render(ServiceRules rules)
    {
        StringBuilder text = new();
        text.Append(rules.Key).Append(' ').Append(TableWords.Protocols.Format(rules.Key.Protocol));
        text.Append(rules.AffinitySeconds == 0 ? "" : $" affinity {rules.AffinitySeconds}").Append('\n');
        Append(text, "cluster", rules.ClusterEndpoints);
        Append(text, "local", rules.LocalEndpoints);
        text.Append("  to ").AppendJoin(' ', rules.ClusterIPs.Select(a => $"{a}:{rules.Port}"));
        text.Append(": ").Append(rules.InternalScope).Append(", ").Append(rules.InternalFate).Append('\n');
        if (rules.IsExternal)
        {
            IEnumerable<string> external = rules.ExternalAddresses.Select(a => $"{a.Address}:{rules.Port}{(a.AllowedSources.IsEmpty ? "" : $" from {a.AllowedSources}")}");
            text.Append("  to ").AppendJoin(' ', rules.NodePort == 0 ? external : external.Append($"node port {rules.NodePort}"));
            text.Append(": ").Append(rules.ExternalScope).Append(", ").Append(rules.ExternalFate).Append('\n');
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, string list, IEnumerable<IPEndPoint> endpoints) =>
        text.Append("  ").Append(list).Append(' ').AppendJoin(' ', endpoints.Select(e => e.ToString()).DefaultIfEmpty("none")).Append('\n');

    private static string Render(TableDocument document)
    {
        StringBuilder text = new();
        foreach (TableService service in document.Services)
        {
            text.Append(service.Name).Append(':').Append(service.Port).Append('\n');
            foreach (TableFrontend frontend in service.Frontends)
            {
                text.Append("  ").Append(frontend.Kind).Append(' ').Append(frontend.Address).Append(':').Append(frontend.Port);
                text.Append(frontend.AllowedSources.Length == 0 ? "" : " for ").AppendJoin(' ', frontend.AllowedSources).Append('\n');
                Append(text, "pod", frontend.Endpoints.Pod);
                Append(text, "node", frontend.Endpoints.Node);
                Append(text, "outside", frontend.Endpoints.Outside);
            }
        }

        foreach (TableHealthCheck check in document.HealthCheckNodePorts)
        {
            text.Append("health check ").Append(check.Port).Append(' ').Append(check.Name).Append(' ').Append(check.LocalEndpoints).Append('\n');
        }

        foreach (TableProblem problem in document.Problems)
        {
            text.Append(problem.Severity).Append(' ').Append(problem.Object).Append(": ").Append(problem.Message).Append('\n');
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, string client, string[] endpoints) =>
        text.Append("    ").Append(client.PadRight(8)).AppendJoin(' ', endpoints.DefaultIfEmpty("refused")).Append('\n');
}
