using Xunit.Sdk;
using Xunit.v3;

namespace L4Proxy.SystemTests.Vm;

/// <summary>Finds nothing outside the virtual machine.</summary>
public sealed class VmFactDiscoverer : FactDiscoverer
{
    public override ValueTask<IReadOnlyCollection<IXunitTestCase>> Discover(
        ITestFrameworkDiscoveryOptions discoveryOptions, IXunitTestMethod testMethod, IFactAttribute factAttribute) =>
        VmTests.IsInside ? base.Discover(discoveryOptions, testMethod, factAttribute) : new([]);
}
