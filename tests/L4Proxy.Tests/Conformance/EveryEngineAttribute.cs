using System.Reflection;
using L4Proxy.Testing;
using L4Proxy.Testing.Proxies;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

namespace L4Proxy.Tests.Conformance;

/// <summary>
/// Runs a theory over both engines, in both families unless told otherwise. With <c>L4PROXY_TEST_DIRECT=1</c> a run
/// without any proxy comes first: what fails there is a fault of the test.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class EveryEngineAttribute : DataAttribute
{
    /// <summary>Whether IPv4 is enough: for long cases in which the family plays no part.</summary>
    public bool OneFamily { get; init; }

    /// <summary>Whether the case asks for something that only a proxy does.</summary>
    public bool ProxyOnly { get; init; }

    public override bool SupportsDiscoveryEnumeration() => true;

    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker)
    {
        bool direct = !ProxyOnly && Environment.GetEnvironmentVariable("L4PROXY_TEST_DIRECT") == "1";
        IPFamily[] families = OneFamily ? [IPFamily.IPv4] : [IPFamily.IPv4, IPFamily.IPv6];
        TestedEngine[] engines = direct
            ? [TestedEngine.Direct, TestedEngine.Portable, TestedEngine.Linux]
            : [TestedEngine.Portable, TestedEngine.Linux];
        TheoryDataRow<TestedEngine, IPFamily>[] rows =
            [.. from engine in engines from family in families select new TheoryDataRow<TestedEngine, IPFamily>(engine, family)];
        return ValueTask.FromResult<IReadOnlyCollection<ITheoryDataRow>>(rows);
    }
}
