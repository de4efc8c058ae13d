using System.Net;
using L4Proxy.Testing;
using L4Proxy.Testing.Processes;
using Xunit;

namespace L4Proxy.SystemTests.Targets;

/// <summary>The built program on the node of a <see cref="NodeTopology"/>, with a cluster's objects in files.</summary>
internal sealed class ServedNode : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;

    private ServedNode(TargetCluster cluster, NodeTopology topology, TemporaryFolder folder, IReadOnlyList<string> prefix, string before)
    {
        Cluster = cluster;
        Topology = topology;
        _folder = folder;
        Prefix = prefix;
        Before = before;
    }

    public TargetCluster Cluster { get; }

    public NodeTopology Topology { get; }

    /// <summary>What runs a program on the node, with the tools that it is to use.</summary>
    public IReadOnlyList<string> Prefix { get; }

    /// <summary>The state of the host before the program ran.</summary>
    public string Before { get; }

    /// <summary>Makes the network; nothing runs yet.</summary>
    /// <param name="cluster">Whose Services are served.</param>
    /// <param name="useLegacy">Whether <c>iptables</c> is iptables-legacy, whatever the host has it for.</param>
    public static async Task<ServedNode> CreateAsync(TargetCluster cluster, bool useLegacy = false)
    {
        foreach (string tool in (string[])["ip", "nft", "iptables-save", "iptables-legacy-save", "ipset", "conntrack"])
        {
            Requires.Program(tool);
        }

        NodeTopology topology = await NodeTopology.CreateAsync(cluster.Plan, cluster.Endpoints);
        TemporaryFolder folder = new();
        Directory.CreateDirectory(folder.PathOf("manifests"));
        cluster.WriteTo(folder.PathOf("manifests"));

        // When a dial is late, as on a busy machine, no other endpoint is to be tried beside it: a client's affinity would move there.
        // The lock of iptables-legacy is a file, of which all networks of a host have only one.
        string[] environment =
        [
            "env", "L4PROXY__DEFAULTS__HEDGEDELAY=0", "L4PROXY__DEFAULTS__CONNECTTIMEOUT=5s", $"XTABLES_LOCKFILE={folder.PathOf("xtables.lock")}",
        ];
        string[] path = useLegacy ? [$"PATH={LegacyTools(folder)}:{Environment.GetEnvironmentVariable("PATH")}"] : [];
        return new ServedNode(cluster, topology, folder, [.. topology.Node.Prefix, .. environment, .. path], await HostState.ReadAsync(topology.Node));
    }

    /// <summary>Starts the program and waits until it serves.</summary>
    public async Task<L4ProxyProcess> StartAsync(params IReadOnlyList<string> options)
    {
        string Networks(Func<AddressPlan, IPNetwork> network) => string.Join(',', Cluster.Plans.Select(network));
        L4ProxyProcess program = L4ProxyProcess.Launch(
            [
                "run", "--manifests", _folder.PathOf("manifests"), "--node-name", Cluster.Plan.NodeName,
                "--cluster-cidr", Networks(p => p.PodNetwork), "--service-cidr", Networks(p => p.ServiceNetwork), .. options,
            ],
            Prefix);
        try
        {
            await Eventually.True(() => program.IsReady || program.Process.HasExited, what: "the program serves");
        }
        catch (Xunit.Sdk.XunitException e)
        {
            await program.DisposeAsync();
            Assert.Fail($"{e.Message}: {program.Process.Log}");
        }

        Assert.True(program.IsReady, program.Process.Log);
        return program;
    }

    /// <summary>Writes changed objects for the program to read.</summary>
    public void Write(TargetCluster cluster) => cluster.WriteTo(_folder.PathOf("manifests"));

    /// <summary>Runs <c>l4proxy cleanup</c>, and fails if anything is otherwise than before, or still runs.</summary>
    public async Task CleanUpAsync()
    {
        await ChildProcess.RunAsync([.. Prefix, "dotnet", "exec", Path.Combine(AppContext.BaseDirectory, "l4proxy.dll"), "cleanup"]);
        await CheckCleanAsync();
    }

    /// <summary>Fails if anything of the host is otherwise than before, or still runs.</summary>
    public async Task CheckCleanAsync()
    {
        Assert.Equal(Before, await HostState.ReadAsync(Topology.Node));
        Assert.Equal("", await ChildProcess.RunAsync("ip", "netns", "pids", Topology.Node.Name));
    }

    public async ValueTask DisposeAsync()
    {
        await Topology.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>A folder where the names of the iptables tools lead to those that use the kernel's old interface.</summary>
    private static string LegacyTools(TemporaryFolder folder)
    {
        string tools = folder.PathOf("legacy");
        Directory.CreateDirectory(tools);
        foreach (string name in (string[])["iptables", "iptables-save", "iptables-restore", "ip6tables", "ip6tables-save", "ip6tables-restore"])
        {
            File.CreateSymbolicLink(Path.Combine(tools, name), "/usr/sbin/xtables-legacy-multi");
        }

        return tools;
    }
}
