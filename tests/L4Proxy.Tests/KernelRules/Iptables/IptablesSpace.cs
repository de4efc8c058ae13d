using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.ControlPlane.KernelRules.Iptables;
using L4Proxy.ControlPlane.KernelRules.Tools;
using L4Proxy.Testing;
using L4Proxy.Testing.Processes;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace L4Proxy.Tests.KernelRules.Iptables;

/// <summary>A namespace with the tools of both variants, for rules that are really applied.</summary>
internal sealed class IptablesSpace : IAsyncDisposable
{
    private static readonly string[] s_listings =
    [
        "iptables-nft-save", "ip6tables-nft-save", "nft list ruleset", "ipset save", "ip rule", "ip -6 rule",
        "ip route show table all", "ip -6 route show table all", "sysctl net.ipv4.conf.all.route_localnet",
    ];

    private readonly NetworkNamespace _space;
    private readonly TemporaryFolder _folder;
    private readonly IptablesVariant _variant;

    private IptablesSpace(NetworkNamespace space, TemporaryFolder folder, IptablesVariant variant)
    {
        _space = space;
        _folder = folder;
        _variant = variant;
        Tools = new NamespaceTools(space, LockFile);
    }

    public string LockFile => Path.Combine(_folder.Path, "xtables.lock");

    public IHostTools Tools { get; }

    public static async Task<IptablesSpace> CreateAsync(string variant)
    {
        Requires.Root();
        foreach (string tool in (string[])["iptables-nft-restore", "iptables-legacy-restore", "nft", "ipset", "ip", "sysctl"])
        {
            Requires.That(new HostTools().Exists(tool), $"the program '{tool}'");
        }

        return new IptablesSpace(await NetworkNamespace.CreateAsync(), new TemporaryFolder(), Enum.Parse<IptablesVariant>(variant, ignoreCase: true));
    }

    public IptablesBalancing Balancing(RulesOptions? options = null, IptablesVariant? variant = null) =>
        new(options ?? new RulesOptions(), Tools, NullLogger.Instance, variant ?? _variant);

    public IptablesCapture Capture(RulesOptions? options = null) =>
        new(options ?? new RulesOptions { CapturePort = 10261 }, Tools, NullLogger.Instance, _variant);

    /// <summary>Runs a command of the variant: <c>iptables -t nat -F</c>.</summary>
    public Task RunAsync(string command) => SayAsync(command.Replace("tables", $"tables-{_variant.ToString().ToLowerInvariant()}", StringComparison.Ordinal));

    /// <summary>All that backends touch, without counters.</summary>
    public async Task<string> ListAsync()
    {
        List<string> text = [];
        IEnumerable<string> legacy = _variant == IptablesVariant.Legacy
            ? ["iptables-legacy-save -t filter", "iptables-legacy-save -t nat", "ip6tables-legacy-save -t filter", "ip6tables-legacy-save -t nat"] : [];
        foreach (string listing in s_listings.Concat(legacy))
        {
            text.Add($"== {listing}");
            text.AddRange((await SayAsync(listing)).Split('\n').Where(line => !line.StartsWith('#')));
        }

        return string.Join('\n', text);
    }

    public async Task<string> SayAsync(string command)
    {
        string[] words = command.Split(' ');
        ToolResult result = await Tools.RunAsync(words[0], words[1..], null, TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.True(result.Succeeded, $"{command}: {result.Error}");
        return result.Output;
    }

    public async ValueTask DisposeAsync()
    {
        await _space.DisposeAsync();
        _folder.Dispose();
    }
}
