using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.ControlPlane.KernelRules.Life;

namespace L4Proxy.Tests.KernelRules.Life;

/// <summary>One backend of each kind; each may be taken several times.</summary>
internal sealed class FakeBackends : IRulesBackends
{
    public Dictionary<RulesBackendKind, FakeBackend> All { get; } =
        Enum.GetValues<RulesBackendKind>().ToDictionary(k => k, k => new FakeBackend(k.ToString()));

    public IEnumerable<RulesBackendKind> Kinds => All.Keys.Order();

    public FakeBackend this[RulesBackendKind kind] => All[kind];

    public IRulesBackend Create(RulesBackendKind kind) => All[kind];
}
