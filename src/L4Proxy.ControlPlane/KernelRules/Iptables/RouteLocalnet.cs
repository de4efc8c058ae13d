using L4Proxy.ControlPlane.KernelRules.Life;
using L4Proxy.ControlPlane.KernelRules.Tools;

namespace L4Proxy.ControlPlane.KernelRules.Iptables;

/// <summary>
/// The switch by which packets of 127.0.0.0/8 may be translated to addresses elsewhere (ip-sysctl.rst, route_localnet). Set where it
/// was not, remarked by <see cref="ChainNames.RouteLocalnet"/>, and set back when the remark is found.
/// </summary>
/// <param name="tools">This host's.</param>
/// <param name="file">The kernel's file of it, but in tests.</param>
internal sealed class RouteLocalnet(IHostTools tools, string file = "/proc/sys/net/ipv4/conf/all/route_localnet")
{
    private const string Tool = "sysctl";
    private const string Name = "net.ipv4.conf.all.route_localnet";

    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);

    /// <summary>What keeps it from being set, if it has to be; null when nothing does, or nothing but want of privilege. Changes nothing.</summary>
    public async Task<string?> ProbeAsync(CancellationToken cancellation)
    {
        if (!tools.Exists(Tool))
        {
            return $"{Tool}: not found, and route_localnet has to be set for node ports on 127.0.0.1";
        }

        bool mayTry = Capabilities.MayAdministerNetwork() && !await IsOnAsync(cancellation);
        return mayTry && SysctlFile.WhyNotWritable(file) is { } reason
            ? $"{Name} cannot be set to 1, which node ports on 127.0.0.1 need: set it on the host, or rules.localhostNodePorts to false ({reason})"
            : null;
    }

    public async Task<bool> IsOnAsync(CancellationToken cancellation)
    {
        ToolResult result = await tools.RunAsync(Tool, ["-n", Name], null, s_timeout, cancellation);
        return result.Succeeded ? result.Output.Trim() == "1" : throw new RulesException($"{Tool}: {HostTools.FirstLine(result.Error)}");
    }

    public async Task SetAsync(bool on, CancellationToken cancellation)
    {
        ToolResult result = await tools.RunAsync(Tool, ["-q", "-w", $"{Name}={(on ? 1 : 0)}"], null, s_timeout, cancellation);
        if (!result.Succeeded)
        {
            throw new RulesException($"{Tool}: {HostTools.FirstLine(result.Error)}");
        }
    }
}
