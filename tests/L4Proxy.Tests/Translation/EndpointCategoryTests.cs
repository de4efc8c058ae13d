using L4Proxy.ControlPlane.Translation;
using L4Proxy.ControlPlane.Translation.Objects;
using L4Proxy.DataPlane.Services;
using Xunit;

namespace L4Proxy.Tests.Translation;

/// <summary>
/// Which endpoints of a Service port are in the cluster list and in the local list, case by case: the coverage of
/// kube-proxy's table for CategorizeEndpoints, on the node n1 in zone z1.
/// </summary>
public sealed class EndpointCategoryTests
{
    private const string Cluster = "ClusterIP";
    private const string InternalLocal = "ClusterIP/local";
    private const string ExternalLocal = "NodePort//local";
    private const string BothLocal = "NodePort/local/local";

    /// <summary>
    /// Each endpoint in a word: a letter for its name; r ready, n not ready, t terminating but serving, x terminating and
    /// not serving; then the node (1, 2, 3, or 0 for none) and its hints, Z or N with a number each, - for none.
    /// </summary>
    /// <param name="service">Type and policies: type, slash, internal, slash, external.</param>
    /// <param name="endpoints">The endpoints.</param>
    /// <param name="cluster">Names in the cluster list; ! when no frontend uses it.</param>
    /// <param name="local">Names in the local list; ! when no frontend uses it.</param>
    /// <param name="reachable">Names of those that some client gets.</param>
    [Theory]
    // Hints for zones.
    [InlineData(Cluster, "ar1Z1 br2Z2 cr3Z3 dr2Z1", "ad", "!", "ad")]
    [InlineData(Cluster, "ar1- br2- cr3-", "abc", "!", "abc")] // no hints at all
    [InlineData(Cluster, "ar1Z1 br2- cr3Z1", "abc", "!", "abc")] // one has none
    [InlineData(Cluster, "ar1Z2 br2Z3 cr3Z2", "abc", "!", "abc")] // none leads here
    [InlineData(Cluster, "ar1Z1Z2 br2Z2 cr3Z3Z1", "ac", "!", "ac")] // several zones each
    [InlineData(Cluster, "ar1Z1 bn2- cr3Z2", "a", "!", "a")] // one without hints that is not ready does not count
    [InlineData(Cluster, "an1Z1 br2Z2 cr3Z3", "bc", "!", "bc")] // the only one that leads here is not ready
    [InlineData(ExternalLocal, "ar1Z1 br2Z1 cr3Z2", "ab", "a", "ab")] // hints shape the cluster list alone
    [InlineData(ExternalLocal, "ar1Z2 br2Z1 cr3Z1", "bc", "a", "abc")] // a local one may be hinted elsewhere
    [InlineData(InternalLocal, "ar1Z2 br2Z1 cr1Z1", "!", "ac", "ac")]
    // Hints for nodes.
    [InlineData(Cluster, "ar1N1Z1 br2N2Z1 cr3N3Z2", "a", "!", "a")] // before those for zones
    [InlineData(Cluster, "ar1N2Z1 br2N2Z1 cr3N3Z2", "ab", "!", "ab")] // none for this node: those for zones count
    [InlineData(Cluster, "ar1Z1 br2N2Z2 cr3N1Z1", "ac", "!", "ac")] // one has none for nodes: those for zones count
    [InlineData(Cluster, "ar1N2 br2N2 cr3N3", "abc", "!", "abc")] // none for this node, none for zones
    [InlineData(Cluster, "ar1N1 br2N1 cr3N3", "ab", "!", "ab")] // more than one for this node
    [InlineData(Cluster, "ar1N1Z1 bt2N1Z1 cn3N1Z1", "a", "!", "a")] // hints bring nobody back who is not ready
    // Traffic policies.
    [InlineData(InternalLocal, "ar1- br2- cr1-", "!", "ac", "ac")]
    [InlineData(InternalLocal, "ar2- br3-", "!", "", "")] // all of them elsewhere
    [InlineData(ExternalLocal, "ar1- br2-", "ab", "a", "ab")]
    [InlineData(ExternalLocal, "ar2- br3-", "ab", "", "ab")]
    [InlineData(BothLocal, "ar1- br2-", "ab", "a", "ab")] // clients inside reach node ports, too
    [InlineData("NodePort/local", "ar1- br2-", "ab", "a", "ab")]
    [InlineData("LoadBalancer//local", "ar1- br2-", "ab", "a", "ab")]
    [InlineData("ClusterIP//local", "ar1- br2-", "ab", "!", "ab")] // nothing external to apply it to
    [InlineData(Cluster, "ar0- br2-", "ab", "!", "ab")]
    [InlineData(InternalLocal, "ar0- br1-", "!", "b", "b")] // of an endpoint without a node nobody knows that it is local
    // Terminating and not ready ones.
    [InlineData(Cluster, "at1- bt2-", "ab", "!", "ab")] // nothing ready: those that still serve
    [InlineData(Cluster, "ar1- bt2-", "a", "!", "a")]
    [InlineData(Cluster, "at1Z2 bt2Z1 cx3Z1", "ab", "!", "ab")] // the last resort follows no hints
    [InlineData(Cluster, "ax1- bn2-", "", "!", "")]
    [InlineData(InternalLocal, "at1- br2-", "!", "a", "a")] // nothing ready here: those here that still serve
    [InlineData(InternalLocal, "ar1- bt1-", "!", "a", "a")]
    [InlineData(InternalLocal, "ax1- bn1- cr2-", "!", "", "")]
    [InlineData(ExternalLocal, "at1- br2-", "b", "a", "ab")] // outside the terminating one here, inside the ready one there
    [InlineData(ExternalLocal, "at1- bt2-", "ab", "a", "ab")]
    [InlineData(ExternalLocal, "at1- bt1- cr1-", "c", "c", "c")]
    [InlineData(ExternalLocal, "", "", "", "")]
    public void Choose_Endpoints_GoesByPoliciesHintsAndConditions(string service, string endpoints, string cluster, string local, string reachable)
    {
        ServiceEntry entry = ClusterObjects.Build(
            ClusterObjects.Service("web", service), ClusterObjects.Slice("web", [.. Words(endpoints).Select(Endpoint)])).Table.Services[0];

        Assert.Equal(cluster, ListOf(entry, EndpointScope.Cluster));
        Assert.Equal(local, ListOf(entry, EndpointScope.Local));
        Assert.Equal(reachable, Names(entry.Endpoints.Where(e => e.Usable || e.UsableLocally)));
        Assert.Equal(Words(endpoints).Length, entry.Endpoints.Length);
    }

    [Theory]
    [InlineData(InternalLocal, "ar1Z2 br2Z1", "ab")]
    [InlineData(BothLocal, "ar1N2 br2N1", "ab")]
    public void Choose_UnknownNode_TakesLocalForClusterAndFollowsNoHints(string service, string endpoints, string cluster)
    {
        TranslationOptions options = new() { Listen = ListenMode.ProxyPorts };
        LiveTranslator translator = new(options, new FakeHost());
        translator.Set(ClusterObjects.Service("web", service));
        translator.Set(ClusterObjects.Slice("web", [.. Words(endpoints).Select(Endpoint)]));
        translator.SetNode(ClusterObjects.Node("z1"));

        ServiceEntry entry = translator.Build().Table.Services[0];

        Assert.Equal(cluster, ListOf(entry, EndpointScope.Cluster));
        Assert.Equal("!", ListOf(entry, EndpointScope.Local));
    }

    [Fact]
    public void Choose_UnknownZone_FollowsHintsForNodesAlone()
    {
        LiveTranslator translator = new(ClusterObjects.Options, new FakeHost());
        translator.Set(ClusterObjects.Service("a", Cluster));
        translator.Set(ClusterObjects.Slice("a", [.. Words("ar1Z1 br2Z2").Select(Endpoint)]));
        translator.Set(ClusterObjects.Service("b", Cluster));
        translator.Set(ClusterObjects.Slice("b", [.. Words("ar1N1 br2N2").Select(Endpoint)]));

        ServiceTable table = translator.Build().Table;

        Assert.Equal("ab", ListOf(table.Services[0], EndpointScope.Cluster));
        Assert.Equal("a", ListOf(table.Services[1], EndpointScope.Cluster));
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static SliceEndpoint Endpoint(string word) => new()
    {
        Addresses = [$"10.0.0.{word[0] - 'a' + 1}"],
        Conditions = word[1] switch
        {
            // What is absent counts as ready.
            'r' => null,
            'n' => new EndpointConditions { Ready = false },
            't' => new EndpointConditions { Ready = false, Serving = true, Terminating = true },
            _ => new EndpointConditions { Ready = false, Serving = false, Terminating = true },
        },
        NodeName = word[2] == '0' ? null : $"n{word[2]}",
        TargetRef = new ObjectReference { Name = word[..1] },
        Hints = word[3] == '-' ? null : new EndpointHints { ForZones = Hints(word, 'Z'), ForNodes = Hints(word, 'N') },
    };

    private static HintTarget[] Hints(string word, char kind) =>
        [.. word.Index().Skip(3).Where(c => c.Item == kind).Select(c => new HintTarget { Name = $"{char.ToLowerInvariant(kind)}{word[c.Index + 1]}" })];

    private static string ListOf(ServiceEntry entry, EndpointScope scope) =>
        entry.Frontends.Any(f => f.FromInside == scope || f.FromOutside == scope)
            ? Names(entry.Endpoints.Where(e => scope == EndpointScope.Local ? e.UsableLocally : e.Usable))
            : "!";

    private static string Names(IEnumerable<EndpointEntry> endpoints) => string.Concat(endpoints.Select(e => e.TargetName));
}
