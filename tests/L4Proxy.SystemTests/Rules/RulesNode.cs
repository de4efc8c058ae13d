using System.Diagnostics;
using System.Globalization;
using System.Net;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Processes;
using Xunit;

namespace L4Proxy.SystemTests.Rules;

/// <summary>
/// A node in a network namespace with one interface, Services in a manifest, and an endpoint on the node's own address: what it takes to see
/// whether rules are in force.
/// </summary>
internal sealed class RulesNode : IAsyncDisposable
{
    private static readonly IPAddress s_address = IPAddress.Parse("10.1.0.1");

    /// <summary>All that L4Proxy may change in a network namespace, as it can be listed.</summary>
    private static readonly string[][] s_listings =
    [
        ["iptables-save"], ["ip6tables-save"], ["nft", "list", "ruleset"], ["ip", "address"], ["ip", "route", "show", "table", "all"],
        ["ip", "-6", "route", "show", "table", "all"], ["ip", "rule"], ["ip", "-6", "rule"], ["sysctl", "net.ipv4.conf.all.route_localnet"],
    ];

    private readonly TemporaryFolder _folder = new();
    private readonly NetworkNamespace _space;
    private readonly TcpBackend _backend;

    private RulesNode(NetworkNamespace space)
    {
        _space = space;
        _backend = space.Inside(() => TcpBackend.Start(new IPEndPoint(s_address, 0), Scripts.Say("hello")));
        Faults = new FaultyTools(_folder.PathOf("tools"));
        Serve(1);
    }

    /// <summary>The tools that programs of this node run.</summary>
    public FaultyTools Faults { get; }

    /// <summary>A command that programs of this node are run by, inside the namespace.</summary>
    public string[] Wrapper { get; set; } = [];

    /// <summary>The lock file of iptables-legacy for programs of this node.</summary>
    public string XtablesLock => _folder.PathOf("xtables.lock");

    /// <summary>How to reach a Service, by its number.</summary>
    public static IPEndPoint AddressOf(int service) => new(IPAddress.Parse($"10.96.0.{service}"), 80);

    public static async Task<RulesNode> CreateAsync()
    {
        foreach (string tool in (string[])["iptables", "nft", "ip", "sysctl"])
        {
            Requires.Program(tool);
        }

        NetworkNamespace space = await NetworkNamespace.CreateAsync();
        await space.ConfigureAsync(
            "link add node0 type veth peer name wire0\nlink set node0 addrgenmode none\nlink set wire0 addrgenmode none\nlink set wire0 up\nlink set node0 up\naddress add 10.1.0.1/24 dev node0\nroute add default via 10.1.0.2\n");

        // The kernel notices some time after both ends of a cable are up that it is plugged in, and lists them otherwise from then on.
        await space.RunAsync("timeout", "20", "sh", "-c", "while ip link | grep -q NO-CARRIER; do sleep 0.02; done");
        return new RulesNode(space);
    }

    /// <summary>Writes Services 1 to a number, all with the same endpoint, and perhaps more.</summary>
    public void Serve(int services, string more = "") =>
        _folder.Write("services.yaml", string.Concat(Enumerable.Range(1, services).Select(i => $"""
            apiVersion: v1
            kind: Service
            metadata: {"{"}name: web{i}, namespace: default{"}"}
            spec:
              clusterIP: 10.96.0.{i}
              ports: [{"{"}port: 80{"}"}]
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {"{"}name: web{i}-a, namespace: default, labels: {"{"}kubernetes.io/service-name: web{i}{"}}"}
            addressType: IPv4
            ports: [{"{"}port: {_backend.EndPoint.Port}{"}"}]
            endpoints: [{"{"}addresses: [{s_address}], nodeName: node-a{"}"}]
            ---

            """)) + more);

    /// <summary>Options of a run in a mode, such as <c>nftables</c> or <c>capture-nftables</c>.</summary>
    public string[] OptionsOf(string mode) =>
    [
        .. mode.StartsWith("capture-", StringComparison.Ordinal) ? (string[])["--mode", "userspace", "--capture", mode[8..]] : ["--mode", mode],
        "--manifests", _folder.PathOf("services.yaml"), "--node-name", "node-a", "--cluster-cidr", "10.244.0.0/16", "--service-cidr", "10.96.0.0/16",
    ];

    public Task<L4ProxyProcess> StartAsync(string mode, params string[] options) => L4ProxyProcess.StartAsync(CommandOf(mode, options), Prefix());

    public L4ProxyProcess Launch(string mode, params string[] options) => L4ProxyProcess.Launch(CommandOf(mode, options), Prefix());

    /// <summary>Runs another command of the program to its end.</summary>
    public async Task<ProgramRun> RunAsync(params string[] arguments)
    {
        await using ChildProcess process = ChildProcess.Start(
            [.. Prefix(), "dotnet", "exec", Path.Combine(AppContext.BaseDirectory, "l4proxy.dll"), .. arguments]);
        int code = await process.WaitForExitAsync();
        return new ProgramRun(code, process.Output, process.Error);
    }

    /// <summary>Whether a client on the node is accepted on a port of the node.</summary>
    public async Task<bool> IsAcceptedAsync(int port)
    {
        try
        {
            using TcpPeer client = await _space.InsideAsync(() => TcpPeer.ConnectAsync(new IPEndPoint(s_address, port))).WaitAsync(TimeSpan.FromMilliseconds(500));
            return true;
        }
        catch (Exception e) when (e is System.Net.Sockets.SocketException or TimeoutException)
        {
            return false;
        }
    }

    /// <summary>Whether a client on the node is answered by a Service; who is not has no answer for half a second.</summary>
    public async Task<bool> ReachesAsync(int service)
    {
        try
        {
            using TcpPeer client = await _space.InsideAsync(() => TcpPeer.ConnectAsync(AddressOf(service))).WaitAsync(TimeSpan.FromMilliseconds(500));
            return await client.ReceiveTextToEndAsync() == "hello";
        }
        catch (Exception e) when (e is System.Net.Sockets.SocketException or TimeoutException)
        {
            return false;
        }
    }

    /// <summary>
    /// That a client on the node is answered by a Service, however busy the machine is, and that nothing it sent was dropped on the way, which
    /// TCP would have sent again.
    /// </summary>
    public async Task AssertReachedAsync(int service, Func<string>? log = null)
    {
        try
        {
            using TcpPeer client = await _space.InsideAsync(() => TcpPeer.ConnectAsync(AddressOf(service))).Within();
            Assert.Equal("hello", await client.ReceiveTextToEndAsync());
            Assert.Equal(0, Retransmissions(client.Socket));
        }
        catch (Exception e) when (log is not null)
        {
            Assert.Fail($"{e.Message}\n{log()}");
        }
    }

    public async Task WaitUntilReachedAsync(int service)
    {
        long start = Environment.TickCount64;
        while (!await ReachesAsync(service))
        {
            Assert.True(Environment.TickCount64 - start < 40_000, $"Service {service} is not reached");
        }
    }

    /// <summary>Waits until a counter of a program on the node is as high as that; needs its metrics on <c>10.1.0.1:0</c>.</summary>
    public async Task WaitForMetricAsync(L4ProxyProcess proxy, string name, double atLeast)
    {
        long start = Environment.TickCount64;
        while ((await proxy.ReadMetricsAsync(_space)).Sum(name) < atLeast)
        {
            Assert.True(Environment.TickCount64 - start < 30_000, $"{name} is below {atLeast}");
            await Task.Delay(100);
        }
    }

    /// <summary>That the kernel is as the manifests and a mode want it.</summary>
    public async Task AssertNoDifferenceAsync(string mode, params string[] options)
    {
        ProgramRun diff = await RunAsync(["rules", "diff", .. OptionsOf(mode), .. options]);
        Assert.Equal((0, "", ""), (diff.ExitCode, diff.Output, diff.Error));
    }

    /// <summary>All that can be listed of the kernel, counters left out.</summary>
    public async Task<string> ListAsync()
    {
        List<string> all = [];
        foreach (string[] command in s_listings)
        {
            string text = await _space.RunAsync(command);
            all.AddRange(text.Split('\n').Where(l => !l.StartsWith('#') && l.Length > 0).Select(l => $"{command[0]}: {l}"));
        }

        return string.Join('\n', all);
    }

    /// <summary>Runs a tool of the host inside, not one that fails.</summary>
    public Task<string> ToolAsync(params string[] command) => _space.RunAsync(command);

    /// <summary>Kills a tool that a program on the node has started, by its command line.</summary>
    public async Task KillToolAsync(string command)
    {
        using var tool = Process.GetProcessById(await WaitForToolAsync(command));
        tool.Kill();
        await tool.WaitForExitAsync();
    }

    /// <summary>Waits until a tool runs on the node, and gives its process number.</summary>
    public async Task<int> WaitForToolAsync(string command)
    {
        long start = Environment.TickCount64;
        while (true)
        {
            foreach (string id in (await ChildProcess.RunAsync("ip", "netns", "pids", _space.Name)).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                if (File.Exists($"/proc/{id}/cmdline") && (await File.ReadAllTextAsync($"/proc/{id}/cmdline")).Replace('\0', ' ').TrimEnd().EndsWith(command, StringComparison.Ordinal))
                {
                    return int.Parse(id, CultureInfo.InvariantCulture);
                }
            }

            Assert.True(Environment.TickCount64 - start < 30_000, $"{command} does not run");
            await Task.Delay(100);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _backend.DisposeAsync();
        await _space.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>TCP_INFO's tcpi_total_retrans, which counts SYNs, too (linux/tcp.h).</summary>
    private static int Retransmissions(System.Net.Sockets.Socket socket)
    {
        const int Tcp = 6;
        const int TcpInfo = 11;
        const int TotalRetransmissions = 100;
        byte[] info = new byte[TotalRetransmissions + sizeof(int)];
        Assert.Equal(info.Length, socket.GetRawSocketOption(Tcp, TcpInfo, info));
        return BitConverter.ToInt32(info, TotalRetransmissions);
    }

    private string[] CommandOf(string mode, string[] options) => ["run", .. OptionsOf(mode), "--log-level", "debug", .. options];

    private string[] Prefix() => [.. _space.Prefix, "env", $"PATH={Faults.Folder}:{Environment.GetEnvironmentVariable("PATH")}", $"XTABLES_LOCKFILE={XtablesLock}", .. Wrapper];
}
