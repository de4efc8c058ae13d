using System.Collections.Immutable;
using System.Net;
using L4Proxy.ControlPlane.Translation;
using L4Proxy.ControlPlane.Translation.Objects;
using L4Proxy.DataPlane.Services;
using Xunit;

namespace L4Proxy.Tests.Translation;

public sealed class OwnAddressFrontendsTests
{
    private static readonly Service s_nodePort = new()
    {
        Metadata = new ObjectMeta { Namespace = "default", Name = "web" },
        Spec = new ServiceSpec
        {
            Type = "NodePort",
            ClusterIP = "127.1.0.1",
            ExternalIPs = ["203.0.113.10"],
            Ports = [new ServicePort { Port = 80, NodePort = 30080 }],
        },
    };

    [Fact]
    public void Plan_NodePortAddresses_AreUsedInPlaceOfTheBindAddress()
    {
        TranslationOptions options = new() { NodePortAddresses = [NodePortAddress.Of(IPAddress.Parse("203.0.113.10")), NodePortAddress.Of(IPAddress.IPv6Loopback)] };

        Assert.Equal("127.1.0.1:80 203.0.113.10:30080 [::1]:30080 203.0.113.10:80", Plan(options, s_nodePort));
    }

    [Fact]
    public void Plan_WildcardBindAddress_CoversTheOwnSpecificAddresses()
    {
        Service sameNumber = s_nodePort with { Spec = s_nodePort.Spec with { Ports = [new ServicePort { Port = 80, NodePort = 80 }] } };

        Assert.Equal("0.0.0.0:80", Plan(new TranslationOptions { BindAddress = IPAddress.Any }, sameNumber));
        Assert.Equal("[::]:80", Plan(new TranslationOptions { BindAddress = IPAddress.IPv6Any }, sameNumber));
    }

    [Theory]
    [InlineData("0.0.0.0", "127.1.0.1", true)]
    [InlineData("0.0.0.0", "::1", false)]
    [InlineData("::", "127.1.0.1", true)]
    [InlineData("::", "::1", true)]
    [InlineData("127.0.0.1", "127.0.0.1", true)]
    [InlineData("127.0.0.1", "127.1.0.1", false)]
    public void Plan_AddressesOfTwoServices_OverlapIsReportedWhicheverComesFirst(string bindAddress, string clusterIP, bool overlaps)
    {
        Service onBind = ServiceOf("a", "10.43.0.1");
        Service onCluster = ServiceOf("b", clusterIP);
        TranslationOptions options = new() { BindAddress = IPAddress.Parse(bindAddress) };

        Assert.Equal(overlaps, Says("default/a has that port already", Translate(options, onBind, onCluster)));

        Service last = onBind with { Metadata = onBind.Metadata with { Name = "c" } };
        Assert.Equal(overlaps, Says("default/b has that port already", Translate(options, last, onCluster)));
    }

    [Fact]
    public void Translate_SharedDefaults_AreThoseOfTheOptions()
    {
        ServiceOptions defaults = new() { Balance = BalanceMethod.Random, Affinity = new AffinityOptions { MaxEntries = 7 } };
        Service sticky = s_nodePort with { Spec = s_nodePort.Spec with { SessionAffinity = "ClientIP" } };

        ServiceEntry entry = Assert.Single(Translate(new TranslationOptions { Defaults = defaults }, sticky).Table.Services);

        Assert.Equal(BalanceMethod.Random, entry.Options.Balance);
        Assert.Equal(new AffinityOptions { Kind = AffinityKind.ClientIP, MaxEntries = 7 }, entry.Options.Affinity);
    }

    [Fact]
    public void Translate_TwoServicesWithOneName_TheFirstOneCounts()
    {
        Service second = s_nodePort with { Spec = s_nodePort.Spec with { SessionAffinity = "ClientIP" } };

        ServiceEntry entry = Assert.Single(Translate(new TranslationOptions(), s_nodePort, second).Table.Services);

        Assert.Equal(AffinityKind.None, entry.Options.Affinity.Kind);
    }

    private static bool Says(string what, TranslationResult result) =>
        result.Problems.Any(p => p.Message.Contains(what, StringComparison.Ordinal));

    private static string Plan(TranslationOptions options, Service service) =>
        string.Join(' ', Assert.Single(Translate(options, service).Table.Services).Frontends.Select(f => f.Address));

    private static TranslationResult Translate(TranslationOptions options, params ImmutableArray<Service> services) =>
        new ServiceTranslator(options, new FakeHost(), new FakeNames()).Translate(new KubernetesObjects { Services = services });

    private static Service ServiceOf(string name, string clusterIP) => new()
    {
        Metadata = new ObjectMeta { Namespace = "default", Name = name },
        Spec = new ServiceSpec { ClusterIP = clusterIP, Ports = [new ServicePort { Port = 80 }] },
    };
}
