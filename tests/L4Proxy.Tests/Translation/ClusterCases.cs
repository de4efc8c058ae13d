using System.Net;
using System.Text;
using L4Proxy.Cli.Table;
using L4Proxy.ControlPlane.Manifests;
using L4Proxy.ControlPlane.Translation;
using L4Proxy.ControlPlane.Translation.Objects;
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

    [Theory]
    [InlineData("worker-1", "north", 1)]
    [InlineData("worker-2", "south", 2)]
    public void Node_Services_LeadEachClientWhereKubeProxyDoes(string name, string zone, int number)
    {
        Node node = new()
        {
            Metadata = new ObjectMeta { Name = name, Labels = new Dictionary<string, string>(StringComparer.Ordinal) { ["topology.kubernetes.io/zone"] = zone } },
            Spec = new NodeSpec { PodCIDRs = [$"10.60.{number}.0/24"] },
            Status = new NodeStatus { Addresses = [new NodeAddress { Type = "InternalIP", Address = $"192.168.60.{number}" }] },
        };
        FakeHost host = new();
        host.Set(IPAddress.Loopback, IPAddress.Parse($"192.168.60.{number}"));
        TranslationOptions options = new()
        {
            Listen = ListenMode.ProxyPorts,
            NodeName = name,
            ClusterNetworks = [IPNetwork.Parse("10.60.0.0/16")],
        };

        TranslationResult result = Translate(options, host, node, Path.Combine(s_cases, "services.yaml"), Path.Combine(s_cases, "slices.yaml"));

        string file = Path.Combine(s_cases, $"{name}.txt");
        string actual = Render(TableDocument.From(result.ToSnapshot()));
        if (Environment.GetEnvironmentVariable("L4PROXY_UPDATE_CASES") == "1")
        {
            File.WriteAllText(file, actual);
        }

        Assert.Equal(File.ReadAllText(file), actual);
    }

    /// <summary>Files read as objects and given to a live translator, the slices first.</summary>
    internal static TranslationResult Translate(TranslationOptions options, IHostAddresses host, Node node, params string[] files)
    {
        ManifestSet set = new([.. files], TimeProvider.System);
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
