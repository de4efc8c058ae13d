using Xunit;

namespace L4Proxy.Tests.KernelRules.Life;

/// <summary>Tests that take the lock of rules, of which a network namespace has one.</summary>
[CollectionDefinition(Name)]
public sealed class RulesLockCollection
{
    public const string Name = "lock of rules";
}
