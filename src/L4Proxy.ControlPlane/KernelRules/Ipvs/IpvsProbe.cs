using System.Collections.Immutable;
using System.Net.Sockets;
using L4Proxy.ControlPlane.KernelRules.Iptables;
using L4Proxy.ControlPlane.KernelRules.Life;
using L4Proxy.ControlPlane.KernelRules.Tools;

namespace L4Proxy.ControlPlane.KernelRules.Ipvs;

/// <summary>What this host lacks for IPVS.</summary>
internal sealed class IpvsProbe(IHostTools tools, IpvsSysctls sysctls)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    private static readonly (string Tool, string Package)[] s_tools =
    [
        ("ip", "iproute2"), ("ipvsadm", "ipvsadm"), ("ipset", "ipset"), ("iptables", "iptables"), ("iptables-restore", "iptables"), ("iptables-save", "iptables"),
    ];

    public async Task<ImmutableArray<string>> RunAsync(CancellationToken cancellation)
    {
        ImmutableArray<string>.Builder lacking = ImmutableArray.CreateBuilder<string>();
        foreach ((string tool, string package) in s_tools.Where(t => !tools.Exists(t.Tool)))
        {
            lacking.Add($"{tool}: not found in PATH, /usr/sbin and /sbin; package {package} of most distributions has it");
        }

        if (!Capabilities.MayAdministerNetwork())
        {
            lacking.Add("CAP_NET_ADMIN: this process does not have it");
        }

        if (lacking.Count > 0)
        {
            return lacking.ToImmutable();
        }

        await NeedModuleAsync(lacking, "ip_vs", File.Exists("/proc/net/ip_vs"), "IPVS", cancellation);
        if (tools.Exists("modprobe"))
        {
            // Without it, as in a container, the kernel itself loads these from the host's files when they are needed.
            await NeedModuleAsync(lacking, "ip_vs_rr", isThere: false, "IPVS scheduler rr", cancellation);
            await NeedModuleAsync(lacking, "dummy", isThere: false, "dummy network devices", cancellation);
        }

        if (sysctls.FindObstacle() is { } obstacle)
        {
            lacking.Add(obstacle);
        }

        int before = lacking.Count;
        await NeedAsync(lacking, "ipset", ["list", "-name"], cancellation);
        await NeedAsync(lacking, "iptables", ["-w", "5", "-t", "nat", "-S", "POSTROUTING"], cancellation);
        if (lacking.Count == before)
        {
            // The helper rules ask sets, which needs more than each of the two by itself.
            IptablesVariant variant = await VariantChoice.ChooseAsync(tools, cancellation);
            lacking.AddRange(await IptablesProbe.SetsAsync(new IptablesTool(tools, AddressFamily.InterNetwork, variant), cancellation));
        }

        return lacking.ToImmutable();
    }

    /// <summary>A part of the kernel: there, or a module that could be loaded.</summary>
    private async Task NeedModuleAsync(
        ImmutableArray<string>.Builder lacking, string module, bool isThere, string what, CancellationToken cancellation)
    {
        // Its dependencies are asked for, which both kmod's and busybox's modprobe know how to tell.
        bool isKnown = isThere || Directory.Exists($"/sys/module/{module}")
            || (tools.Exists("modprobe") && (await tools.RunAsync("modprobe", ["-q", "-D", module], null, s_limit, cancellation)).Succeeded);
        if (!isKnown)
        {
            lacking.Add($"{what}: this kernel has it neither loaded nor as a module that can be found here ({module})");
        }
    }

    private async Task NeedAsync(ImmutableArray<string>.Builder lacking, string tool, IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        ToolResult result = await tools.RunAsync(tool, arguments, null, s_limit, cancellation);
        if (IptablesTool.LockHeld(tool, result.Error) is { } busy && !result.Succeeded)
        {
            throw busy;
        }

        if (!result.Succeeded)
        {
            lacking.Add($"{tool} {string.Join(' ', arguments)}: {HostTools.FirstLine(result.Error)}");
        }
    }
}
