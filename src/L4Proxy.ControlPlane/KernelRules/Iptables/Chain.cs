using System.Collections.Immutable;

namespace L4Proxy.ControlPlane.KernelRules.Iptables;

/// <summary>A chain of our own with all its rules, each as iptables-save prints it after <c>-A CHAIN </c>.</summary>
internal sealed record Chain(IptablesTable Table, string Name, ImmutableArray<string> Rules)
{
    public bool HasRulesOf(Chain other) => Rules.AsSpan().SequenceEqual(other.Rules.AsSpan());
}
