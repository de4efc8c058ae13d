using System.Collections.Immutable;
using System.Net;
using L4Proxy.Loadbench.Load;
using L4Proxy.Loadbench.Subjects;
using Xunit;

namespace L4Proxy.Tests.Loadbench.Subjects;

public sealed class PeerTemplateTests
{
    private static readonly Dictionary<string, string> s_values = new()
    {
        ["DIR"] = "/somewhere",
        ["CORES"] = "2",
        ["CONNECTIONS"] = "500",
        ["FILES"] = "1024",
        ["LOADMODULE"] = "load_module ngx_stream_module.so;",
        ["METRICS"] = "127.0.0.1:9000",
    };

    [Fact]
    public void Fill_ListenersAndEndpoints_AreRepeatedInOrder()
    {
        PeerTemplate template = new(
            """
            cores @CORES@
              #each listener
            @NAME@ on @ADDRESS@ (@HOST@ @PORT@)
            #single
            alone:
            #end
            #several
            many:
            #end
            #each endpoint
            @NUMBER@ @ENDPOINT@ (@ENDPOINTHOST@ @ENDPOINTPORT@)
            #end
              #end
            """,
            "test");

        Assert.Equal(
            """
            cores 2
            bench-80 on 127.0.0.1:80 (127.0.0.1 80)
            alone:
            1 127.0.0.1:1 (127.0.0.1 1)
            bench-81 on 127.0.0.1:81 (127.0.0.1 81)
            many:
            1 127.0.0.1:2 (127.0.0.1 2)
            2 127.0.0.1:3 (127.0.0.1 3)

            """,
            template.Fill([Listener(80, 1), Listener(81, 2, 3)], s_values));
    }

    [Theory]
    [InlineData("a\n@NOTHING@", "peers/test:2: @NOTHING@ has no value")]
    [InlineData("#each listener\n@NAME@", "peers/test:1: '#each listener' has no '#end'")]
    [InlineData("a\n#each endpoint\n#end", "peers/test:2: '#each endpoint' has no place here")]
    public void Fill_BadTemplate_SaysWhere(string text, string error) =>
        Assert.Equal(error, Assert.Throws<LoadException>(() => new PeerTemplate(text, "test").Fill([Listener(80, 1)], s_values)).Message);

    [Fact]
    public void Fill_HaproxyWithOneEndpoint_NeitherChecksNorWatchesIt()
    {
        string[] lines = Lines("haproxy.cfg", Listener(80, 1));

        Assert.Contains("listen bench-80", lines);
        Assert.Contains("bind 127.0.0.1:80 backlog 4096 shards by-thread", lines);
        Assert.Contains("server s1 127.0.0.1:1", lines);
    }

    [Fact]
    public void Fill_HaproxyWithSeveralEndpoints_TakesFailingOnesOut()
    {
        string[] servers = [.. Lines("haproxy.cfg", Listener(80, 1, 2, 3)).Where(l => l.StartsWith("server ", StringComparison.Ordinal))];

        Assert.Equal(3, servers.Length);
        Assert.All(servers, s => Assert.Contains("observe layer4", s, StringComparison.Ordinal));
    }

    [Fact]
    public void Fill_HaproxyForBulk_SplicesAllThatPasses()
    {
        string[] lines = Lines("haproxy-splice.cfg", Listener(80, 1));

        Assert.Contains("option splice-request", lines);
        Assert.Contains("option splice-response", lines);
        Assert.Contains("bind 127.0.0.1:80 backlog 4096 shards by-thread", lines);
        Assert.Contains("server s1 127.0.0.1:1", lines);
    }

    [Fact]
    public void Fill_NginxWithOneEndpoint_NeedsNoUpstreamBlock()
    {
        string[] lines = Lines("nginx-stream.conf", Listener(80, 1));

        Assert.Contains("proxy_pass 127.0.0.1:1;", lines);
        Assert.DoesNotContain(lines, l => l.StartsWith("upstream", StringComparison.Ordinal));
        Assert.Equal(lines.Count(l => l.EndsWith('{')), lines.Count(l => l == "}"));
    }

    [Fact]
    public void Fill_NginxWithSeveralEndpoints_SharesWhatWorkersFindOut()
    {
        string[] lines = Lines("nginx-stream.conf", Listener(80, 1, 2), Listener(81, 3));

        Assert.Contains("zone bench-80 64k;", lines);
        Assert.Contains("server 127.0.0.1:2 max_fails=3 fail_timeout=10s;", lines);
        Assert.Contains("proxy_pass bench-80;", lines);
        Assert.Contains("proxy_pass 127.0.0.1:3;", lines);
        Assert.Equal(lines.Count(l => l.EndsWith('{')), lines.Count(l => l == "}"));
    }

    [Fact]
    public void Fill_L4Proxy_HasASliceForEachEndpoint()
    {
        string[] lines = Lines("l4proxy-services.yaml", Listener(80, 1, 2));

        Assert.Equal(["name: bench-80", "name: bench-80-1", "name: bench-80-2"], lines.Where(l => l.StartsWith("name: ", StringComparison.Ordinal)));
        Assert.Contains("ports: [{port: 80}]", lines);
        Assert.Contains("ports: [{port: 2}]", lines);
    }

    [Fact]
    public void Fill_L4ProxyConfiguration_SaysWhereMetricsAre() =>
        Assert.Contains("metricsBindAddress: \"127.0.0.1:9000\"", Lines("l4proxy.yaml", Listener(80, 1)));

    private static string[] Lines(string template, params ImmutableArray<SubjectListener> listeners) =>
        [.. PeerTemplate.Read(template).Fill(listeners, s_values).Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0 && l[0] != '#')];

    private static SubjectListener Listener(int port, params int[] endpoints) =>
        new(new IPEndPoint(IPAddress.Loopback, port), [.. endpoints.Select(e => new IPEndPoint(IPAddress.Loopback, e))]);
}
