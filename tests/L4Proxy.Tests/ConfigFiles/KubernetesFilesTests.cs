using System.Collections;
using System.Diagnostics;
using System.Globalization;
using L4Proxy.Options;
using L4Proxy.Testing;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace L4Proxy.Tests.ConfigFiles;

/// <summary>The files of <c>config/kubernetes</c> are valid, fit together, and ask for no more rights than the program uses.</summary>
public sealed class KubernetesFilesTests
{
    /// <summary>The rights that the client needs: what it asks for, by group and resource.</summary>
    private static readonly string[] s_serviceRights =
    [
        "discovery.k8s.io/endpointslices list",
        "discovery.k8s.io/endpointslices watch",
        "services list",
        "services watch",
    ];

    private static readonly string[] s_nodeRights = ["nodes list", "nodes watch"];

    public static TheoryData<string> Files =>
        [.. Directory.EnumerateFiles(Repository.PathOf("config", "kubernetes"), "*.yaml", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(Repository.Root, f)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void File_IsOneObject(string file)
    {
        YamlMappingNode root = Load(file);
        Assert.Contains("apiVersion", root.Children.Keys.Select(k => k.ToString()));
        Assert.Contains("kind", root.Children.Keys.Select(k => k.ToString()));
    }

    [Fact]
    public void ClusterRole_GrantsWhatTheNodeProxyUses_AndNothingElse() =>
        Assert.Equal(s_serviceRights.Concat(s_nodeRights).Order(StringComparer.Ordinal), RightsOf("config/kubernetes/clusterrole.yaml"));

    [Fact]
    public void Role_GrantsWhatASidecarUses_AndNothingElse() =>
        Assert.Equal(s_serviceRights, RightsOf("config/kubernetes/sidecar/role.yaml"));

    [Theory]
    [InlineData("config/kubernetes", "clusterrolebinding.yaml", "clusterrole.yaml")]
    [InlineData("config/kubernetes/sidecar", "rolebinding.yaml", "role.yaml")]
    public void Binding_JoinsTheRoleAndTheServiceAccount(string folder, string bindingFile, string roleFile)
    {
        YamlMappingNode binding = Load($"{folder}/{bindingFile}");
        YamlMappingNode role = Load($"{folder}/{roleFile}");
        Assert.Equal(Text(role, "kind"), Text(binding, "roleRef", "kind"));
        Assert.Equal(Text(role, "metadata", "name"), Text(binding, "roleRef", "name"));
        YamlNode subject = Assert.Single((YamlSequenceNode)At(binding, "subjects"));
        Assert.Equal("ServiceAccount", Text(subject, "kind"));
        Assert.Equal(Text(Load($"{folder}/serviceaccount.yaml"), "metadata", "name"), Text(subject, "name"));
        Assert.Equal(Text(Load($"{folder}/kustomization.yaml"), "namespace"), Text(subject, "namespace"));
    }

    [Theory]
    [InlineData("config/kubernetes/daemonset.yaml")]
    [InlineData("config/kubernetes/sidecar/deployment.yaml")]
    public void Container_RunsWithoutPrivileges(string file)
    {
        YamlNode pod = At(Load(file), "spec", "template", "spec");
        YamlNode container = ProxyContainer(pod);
        Assert.Equal("true", Text(container, "securityContext", "readOnlyRootFilesystem"));
        Assert.Equal("false", Text(container, "securityContext", "allowPrivilegeEscalation"));
        Assert.Equal("[ ALL ]", At(container, "securityContext", "capabilities", "drop").ToString());
        Assert.DoesNotContain("add", ((YamlMappingNode)At(container, "securityContext", "capabilities")).Children.Keys.Select(k => k.ToString()));
        Assert.Equal("RuntimeDefault", Text(pod, "securityContext", "seccompProfile", "type"));
        Assert.Contains("runAsNonRoot: true", File.ReadAllText(Repository.PathOf(file)), StringComparison.Ordinal);
        Assert.DoesNotContain("privileged", container.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config/kubernetes/daemonset.yaml")]
    [InlineData("config/kubernetes/sidecar/deployment.yaml")]
    public void Container_EnvironmentAndProbes_FitTheConfiguration(string file)
    {
        YamlNode pod = At(Load(file), "spec", "template", "spec");
        YamlNode container = ProxyContainer(pod);
        ConfigurationResult loaded = ConfigurationLoader.Combine(ConfigurationEnvironment.Read(EnvironmentOf(container)));
        Assert.Empty(loaded.Problems);

        // The probes ask the port that answers them, and the Pod has time to drain.
        Assert.NotNull(loaded.Configuration.HealthzBindAddress.Address);
        YamlNode port = ((YamlSequenceNode)At(container, "ports")).Single(p => Text(p, "name") == "healthz");
        Assert.Equal(loaded.Configuration.HealthzBindAddress.Address.Port.ToString(CultureInfo.InvariantCulture), Text(port, "containerPort"));
        Assert.Equal(("/livez", "healthz"), (Text(container, "livenessProbe", "httpGet", "path"), Text(container, "livenessProbe", "httpGet", "port")));
        Assert.InRange(
            int.Parse(Text(pod, "terminationGracePeriodSeconds"), CultureInfo.InvariantCulture), loaded.Configuration.DrainTimeout.TotalSeconds + 5, 300);
    }

    [Fact]
    public void DaemonSet_RunsOnEveryNode_UnderItsName()
    {
        YamlNode pod = At(Load("config/kubernetes/daemonset.yaml"), "spec", "template", "spec");
        Assert.Equal("true", Text(pod, "hostNetwork"));
        Assert.Equal("system-node-critical", Text(pod, "priorityClassName"));
        Assert.Equal("[ { { operator, Exists } } ]", At(pod, "tolerations").ToString());
        YamlNode name = ((YamlSequenceNode)At(ProxyContainer(pod), "env")).Single(e => Text(e, "name") == "L4PROXY__NODENAME");
        Assert.Equal("spec.nodeName", Text(name, "valueFrom", "fieldRef", "fieldPath"));
        Assert.Equal("/healthz", Text(ProxyContainer(pod), "readinessProbe", "httpGet", "path"));
    }

    [Theory]
    [InlineData("config/kubernetes", "Namespace ServiceAccount ClusterRole ClusterRoleBinding DaemonSet")]
    [InlineData("config/kubernetes/sidecar", "ServiceAccount Role RoleBinding Deployment")]
    public async Task Kustomize_BuildsAllObjects(string folder, string kinds)
    {
        Requires.Program("kubectl");
        ProcessStartInfo start = new("kubectl", ["kustomize", Repository.PathOf(folder)])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process kubectl = Process.Start(start)!;
        Task<string> errors = kubectl.StandardError.ReadToEndAsync();
        string output = await kubectl.StandardOutput.ReadToEndAsync().Within();
        await kubectl.WaitForExitAsync().Within();
        Assert.True(kubectl.ExitCode == 0, await errors);

        YamlStream built = [];
        built.Load(new StringReader(output));
        YamlMappingNode[] objects = [.. built.Documents.Select(d => (YamlMappingNode)d.RootNode)];
        Assert.Equal(kinds.Split(' ').Order(StringComparer.Ordinal), objects.Select(o => Text(o, "kind")).Order(StringComparer.Ordinal));
        string workload = objects[^1].ToString();
        Assert.Contains("l4proxy:0.1.0", output, StringComparison.Ordinal);
        Assert.Contains("L4PROXY__HEALTHZBINDADDRESS", workload, StringComparison.Ordinal);
    }

    [Fact]
    public void Sidecar_MayBindThePortsOfItsService()
    {
        YamlNode pod = At(Load("config/kubernetes/sidecar/deployment.yaml"), "spec", "template", "spec");
        Assert.Equal("ALL", Assert.Single((YamlSequenceNode)At(ProxyContainer(pod), "securityContext", "capabilities", "drop")).ToString());

        // Port 80 without a capability: not every container runtime sets this by itself.
        YamlNode sysctl = Assert.Single((YamlSequenceNode)At(pod, "securityContext", "sysctls"));
        Assert.Equal("net.ipv4.ip_unprivileged_port_start", Text(sysctl, "name"));
        Assert.Equal("0", Text(sysctl, "value"));
    }

    private static string[] RightsOf(string file) =>
    [
        .. from rule in (YamlSequenceNode)At(Load(file), "rules")
           from @group in (YamlSequenceNode)At(rule, "apiGroups")
           from resource in (YamlSequenceNode)At(rule, "resources")
           from verb in (YamlSequenceNode)At(rule, "verbs")
           let name = @group.ToString().Length == 0 ? $"{resource}" : $"{@group}/{resource}"
           orderby $"{name} {verb}"
           select $"{name} {verb}"
    ];

    private static Hashtable EnvironmentOf(YamlNode container)
    {
        Hashtable variables = [];
        foreach (YamlMappingNode variable in ((YamlSequenceNode)At(container, "env")).Cast<YamlMappingNode>())
        {
            variables.Add(Text(variable, "name"), variable.Children.ContainsKey("value") ? Text(variable, "value") : "node-a");
        }

        return variables;
    }

    private static YamlNode ProxyContainer(YamlNode pod) =>
        ((YamlMappingNode)pod).Children.Where(c => c.Key.ToString() is "containers" or "initContainers")
        .SelectMany(c => (YamlSequenceNode)c.Value).Single(c => Text(c, "name") == "l4proxy");

    private static YamlMappingNode Load(string file)
    {
        YamlStream stream = [];
        stream.Load(new StringReader(File.ReadAllText(Repository.PathOf(file))));
        return (YamlMappingNode)Assert.Single(stream.Documents).RootNode;
    }

    private static YamlNode At(YamlNode node, params ReadOnlySpan<string> path)
    {
        foreach (string key in path)
        {
            node = ((YamlMappingNode)node).Children[new YamlScalarNode(key)];
        }

        return node;
    }

    private static string Text(YamlNode node, params ReadOnlySpan<string> path) => ((YamlScalarNode)At(node, path)).Value ?? "";
}
