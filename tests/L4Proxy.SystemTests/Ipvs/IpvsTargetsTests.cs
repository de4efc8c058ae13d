using L4Proxy.SystemTests.Targets;
using L4Proxy.SystemTests.Vm;
using Xunit;

namespace L4Proxy.SystemTests.Ipvs;

/// <summary>The built program in mode ipvs: every client gets at every address what the README of the backend says.</summary>
[Collection<AloneCollection>]
public sealed class IpvsTargetsTests
{
    [VmFact]
    public Task Run_OwnClusterOfBothFamilies_GivesClientsWhatIsWritten() =>
        KernelModeTests.CheckAsync(TargetCluster.Own(ClusterFamilies.Dual), TrafficMode.Ipvs, useLegacy: false);
}
