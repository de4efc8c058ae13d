using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.ControlPlane.KernelRules.Ipvs;
using L4Proxy.Testing;
using Xunit;

namespace L4Proxy.Tests.KernelRules.Ipvs;

/// <summary>Settings of a kernel that is a folder.</summary>
public sealed class IpvsSysctlsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void FindObstacle_AllCanBeWritten_IsNone()
    {
        Write("ip_forward", "0");
        Write("vs/conntrack", "0");

        Assert.Null(Sysctls().FindObstacle());
    }

    [Fact]
    public void FindObstacle_ModuleIsNotThereYetAndNothingCanBeWritten_NamesWhatIsWanted()
    {
        // Not even root writes to what is not there, as it does not to a read-only mount.
        string? obstacle = Sysctls().FindObstacle();

        Assert.NotNull(obstacle);
        Assert.StartsWith($"{_folder.Path}/ip_forward cannot be written", obstacle, StringComparison.Ordinal);
        Assert.Contains("net.ipv4.ip_forward=1, net.ipv4.vs.conntrack=1", obstacle, StringComparison.Ordinal);
    }

    private IpvsSysctls Sysctls() => new(new IpvsOptions(), _folder.Path);

    private void Write(string name, string value)
    {
        string path = Path.Combine(_folder.Path, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, value);
    }
}
