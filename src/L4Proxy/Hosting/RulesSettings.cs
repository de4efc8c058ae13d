using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.ControlPlane.KernelRules.Life;
using L4Proxy.ControlPlane.KernelRules.Tools;
using Microsoft.Extensions.Logging;

namespace L4Proxy.Hosting;

/// <summary>What a run has to do with rules in the kernel.</summary>
internal sealed record RulesSettings
{
    /// <summary>How the kernel is told; null when it is told nothing, and only what other runs left behind is removed.</summary>
    public RulesBackendKind? Kind { get; init; }

    /// <summary>What is used when the host cannot run <see cref="Kind"/>; null for nothing.</summary>
    public RulesBackendKind? Fallback { get; init; }

    public RulesOptions Options { get; init; } = new();

    /// <summary>Whether rules stay when the process ends.</summary>
    public bool Keep { get; init; }

    /// <summary>Time between two full applications.</summary>
    public TimeSpan SyncPeriod { get; init; } = TimeSpan.FromHours(1);

    /// <summary>
    /// How long a transaction may still take when the process is told to end: a tool that hangs must leave time for the removal of rules before
    /// kubelet kills (terminationGracePeriodSeconds, 30 s).
    /// </summary>
    public TimeSpan LastTransaction { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Name of the lock that keeps a second programmer of rules out.</summary>
    public string LockName { get; init; } = RulesLock.Name;

    public IHostTools Tools { get; init; } = new HostTools();

    /// <summary>Other backends than this host's.</summary>
    public IRulesBackends? Backends { get; init; }

    /// <summary>The backends of a run.</summary>
    public IRulesBackends BackendsWith(ILoggerFactory loggers) => Backends ?? new RulesBackends(Options, Tools, loggers);
}
