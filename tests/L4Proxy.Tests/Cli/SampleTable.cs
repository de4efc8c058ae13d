using System.Net;
using L4Proxy.ControlPlane;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.Tests.Cli;

/// <summary>A small table with one of everything that can be shown.</summary>
internal static class SampleTable
{
    public static SourceSnapshot Snapshot { get; } = new(
        new ServiceTable(
        [
            new ServiceEntry
            {
                Key = new ServicePortKey("default", "empty", "", ServiceProtocol.Tcp),
                Frontends = [new FrontendEntry(IPEndPoint.Parse("[::1]:9000"), FrontendKind.HostPort)],
                Endpoints = [],
            },
            new ServiceEntry
            {
                Key = new ServicePortKey("default", "web", "http", ServiceProtocol.Tcp),
                Frontends =
                [
                    new FrontendEntry(IPEndPoint.Parse("127.1.0.10:80"), FrontendKind.ClusterIP),
                    new FrontendEntry(IPEndPoint.Parse("127.0.0.1:30080"), FrontendKind.NodePort),
                ],
                Endpoints =
                [
                    new EndpointEntry
                    {
                        Address = IPEndPoint.Parse("10.0.0.1:8080"),
                        TargetName = "web-7d4f9",
                        NodeName = "node-1",
                        Zone = "zone-a",
                        Weight = 3,
                    },
                    new EndpointEntry
                    {
                        Address = IPEndPoint.Parse("10.0.0.12:8080"),
                        TargetName = "web-b0rk5",
                        Ready = false,
                        Terminating = true,
                        Usable = false,
                    },
                ],
                Options = ServiceOptions.Default with
                {
                    Balance = BalanceMethod.LeastConnections,
                    Affinity = new AffinityOptions { Kind = AffinityKind.ClientIP },
                    IdleTimeout = TimeSpan.FromMinutes(10),
                    MaxConnections = 100,
                },
            },
            new ServiceEntry
            {
                Key = new ServicePortKey("shop", "checkout", "", ServiceProtocol.Tcp),
                Frontends =
                [
                    new FrontendEntry(IPEndPoint.Parse("127.0.0.1:40110"), FrontendKind.ClusterIP)
                    {
                        StandsFor = [IPEndPoint.Parse("10.96.0.17:443")],
                    },
                    new FrontendEntry(IPEndPoint.Parse("127.0.0.1:0"), FrontendKind.LoadBalancer)
                    {
                        FromOutside = EndpointScope.Local,
                        AllowedSources = NetworkSet.Of([IPNetwork.Parse("198.51.100.0/24")]),
                        StandsFor = [IPEndPoint.Parse("203.0.113.7:443")],
                    },
                ],
                Endpoints =
                [
                    new EndpointEntry { Address = IPEndPoint.Parse("10.244.1.5:8443"), NodeName = "node-1", UsableLocally = true },
                    new EndpointEntry { Address = IPEndPoint.Parse("10.244.2.9:8443"), NodeName = "node-2" },
                ],
            },
        ])
        {
            Inside = NetworkSet.Of([IPNetwork.Parse("10.244.0.0/16"), IPNetwork.Parse("192.0.2.10/32")]),
        },
        [
            new Problem
            {
                Severity = ProblemSeverity.Error,
                Message = "'70000' is not allowed; allowed is an integer from 1 to 65535",
                File = "web.yaml",
                Line = 12,
                Object = "Service default/api",
                Key = "spec.ports[0].port",
            },
        ])
    {
        HealthChecks = [new HealthCheckNodePort("shop", "checkout", 32100, 1)],
    };
}
