using System.Net;
using L4Proxy.ControlPlane.Translation;
using Xunit;

namespace L4Proxy.Tests.Translation;

public sealed class SocketAddressProbeTests
{
    [Fact]
    public void CanBind_Loopback_IsTrueForAllOfItOnLinux()
    {
        SocketAddressProbe probe = new(TimeProvider.System);

        Assert.True(probe.CanBind(IPAddress.Loopback));
        Assert.True(probe.CanBind(IPAddress.Any));
        Assert.Equal(OperatingSystem.IsLinux() || OperatingSystem.IsWindows(), probe.CanBind(IPAddress.Parse("127.1.0.10")));
    }

    [Theory]
    [InlineData("192.0.2.1")]
    [InlineData("2001:db8::1")]
    public void CanBind_AddressOfAnotherHost_IsFalse(string address) =>
        Assert.False(new SocketAddressProbe(TimeProvider.System).CanBind(IPAddress.Parse(address)));
}
