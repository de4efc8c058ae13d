using L4Proxy.ControlPlane.KernelRules.Tools;

namespace L4Proxy.ControlPlane.KernelRules.Iptables;

/// <summary>
/// The switch by which packets of 127.0.0.0/8 may be translated to addresses elsewhere (ip-sysctl.rst, route_localnet). Set where it
/// was not, remarked by <see cref="ChainNames.RouteLocalnet"/>, and set back when the remark is found.
/// </summary>
internal sealed class RouteLocalnet(IHostTools tools)
{
    private const string Tool = "sysctl";
    private const string Name = "net.ipv4.conf.all.route_localnet";

    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);

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
