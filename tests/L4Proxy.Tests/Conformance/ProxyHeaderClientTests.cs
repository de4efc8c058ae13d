using System.Net;
using L4Proxy.DataPlane.ProxyProtocol;
using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Proxies;
using L4Proxy.Tests.ProxyProtocol;
using Xunit;

namespace L4Proxy.Tests.Conformance;

/// <summary>The client that a PROXY header names is the client for everything that looks at one.</summary>
public sealed class ProxyHeaderClientTests : ConformanceTest
{
    private static ServiceOptions Accepts { get; } = Service with
    {
        ProxyProtocol = new ProxyProtocolOptions { Accept = true, TrustedSources = ProxyHeaders.Loopback, Timeout = TimeSpan.FromSeconds(20) },
    };

    private static ServiceOptions Chains { get; } = Accepts with { ProxyProtocol = Accepts.ProxyProtocol with { Send = ProxyProtocolVersion.V1 } };

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task HeaderInAndOut_CarriesTheFirstAddressesOn(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, ProxyHeaders.TellAndEcho);
        ProxyFixture proxy = await ProxyAsync(engine, family, Chains, backend.EndPoint);
        foreach (ProxyHeader header in new[] { HeaderBytes.Header4, HeaderBytes.Header6 })
        {
            string line = ProxyHeaders.Line(header);
            TcpPeer client = await ConnectAsync(proxy);
            await client.SendAsync(ProxyHeaders.Write(ProxyProtocolVersion.V2, header));
            Assert.Equal(line, await client.ReceiveTextAsync(line.Length));
            client.Dispose();
            Assert.Equal(header.Source, (await proxy.ExpectEndAsync(CloseReason.Finished)).Client);
        }
    }

    /// <summary>LOCAL and UNKNOWN leave the connection's own addresses, after a client of the same kept object too.</summary>
    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task HeaderWithoutAddresses_LeavesThePeers(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, ProxyHeaders.TellAndEcho);
        ProxyFixture proxy = await ProxyAsync(engine, family, Chains, backend.EndPoint);
        byte[][] headers =
        [
            ProxyHeaders.Write(ProxyProtocolVersion.V2, HeaderBytes.Header4),
            HeaderBytes.V2(0x20, 0),
            HeaderBytes.V2(0x21, 0x31, new byte[216]),
            "PROXY UNKNOWN\r\n"u8.ToArray(),
        ];
        foreach (byte[] header in headers)
        {
            TcpPeer client = await ConnectAsync(proxy);
            ProxyHeader expected = header == headers[0]
                ? HeaderBytes.Header4
                : new ProxyHeader(ClientAddress.From(client.LocalEndPoint), ClientAddress.From(proxy.EndPoint));
            string line = ProxyHeaders.Line(expected);
            await client.SendAsync(header);
            Assert.Equal(line, await client.ReceiveTextAsync(line.Length));
            client.Dispose();
            Assert.Equal(expected.Source, (await proxy.ExpectEndAsync(CloseReason.Finished)).Client);
        }
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task SourceRanges_JudgeTheClientOfTheHeader(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Say("x"));
        ProxyFixture proxy = await ProxyAsync(engine, family, Accepts, backend.EndPoint);
        NetworkSet allowed = NetworkSet.Of([IPNetwork.Parse("192.0.2.0/24")]);
        proxy.Change(ProxyFixture.Key, e => e with { Frontends = [.. e.Frontends.Select(f => f with { AllowedSources = allowed })] });
        await proxy.ApplyAsync();

        Assert.Equal("x", await AskAsync(proxy.EndPoint, HeaderBytes.Header4));
        await proxy.ExpectEndAsync(CloseReason.Finished);
        Assert.Null(await AskAsync(proxy.EndPoint, HeaderBytes.Header6));
        ConnectionEnd refused = await proxy.ExpectEndAsync(CloseReason.SourceNotAllowed);
        Assert.Equal(HeaderBytes.Header6.Source, refused.Client);
        Assert.Null(await AskAsync(proxy.EndPoint, ProxyHeader.Local));
        await proxy.ExpectEndAsync(CloseReason.SourceNotAllowed);
        Assert.Equal(1, backend.Accepted);
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task Scopes_AreThoseOfTheClientOfTheHeader(TestedEngine engine, IPFamily family)
    {
        TcpBackend local = Backend(family, Scripts.Say("local"));
        TcpBackend other = Backend(family, Scripts.Say("other"));
        ProxyFixture proxy = await ProxyAsync(engine, family, Accepts, other.EndPoint);
        proxy.Inside = NetworkSet.Of([IPNetwork.Parse("192.0.2.0/24")]);
        proxy.Change(ProxyFixture.Key, e => e with
        {
            Frontends = [.. e.Frontends.Select(f => f with { FromInside = EndpointScope.Cluster, FromOutside = EndpointScope.Local })],
            Endpoints = [new EndpointEntry { Address = other.EndPoint }, new EndpointEntry { Address = local.EndPoint, Usable = false, UsableLocally = true }],
        });
        await proxy.ApplyAsync();
        Assert.Equal("other", await AskAsync(proxy.EndPoint, HeaderBytes.Header4));
        Assert.Equal("local", await AskAsync(proxy.EndPoint, HeaderBytes.Header6));
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task Affinity_IsToTheClientOfTheHeader(TestedEngine engine, IPFamily family)
    {
        TcpBackend[] backends = [.. Enumerable.Range(0, 4).Select(i => Backend(family, Scripts.Say($"{i}")))];
        ServiceOptions sticky = Accepts with { Affinity = AffinityOptions.None with { Kind = AffinityKind.ClientIP } };
        ProxyFixture proxy = await ProxyAsync(engine, family, sticky, [.. backends.Select(b => b.EndPoint)]);
        HashSet<string?> used = [];
        for (int i = 0; i < 8; i++)
        {
            ProxyHeader header = HeaderBytes.Header($"192.0.2.{i}", 1, "198.51.100.1", 2);
            string? first = await AskAsync(proxy.EndPoint, header);
            used.Add(first);
            for (ushort port = 2; port < 5; port++)
            {
                Assert.Equal(first, await AskAsync(proxy.EndPoint, HeaderBytes.Header($"192.0.2.{i}", port, "198.51.100.1", 2)));
            }
        }

        Assert.Equal(backends.Length, used.Count);
    }

    /// <summary>The family that decides about endpoints is that of the client, not of who passes it on.</summary>
    [Theory, EveryEngine(ProxyOnly = true, OneFamily = true)]
    public async Task SameFamily_IsTheClientsOfTheHeader(TestedEngine engine, IPFamily family)
    {
        TcpBackend four = Backend(IPFamily.IPv4, Scripts.Say("4"));
        TcpBackend six = Backend(IPFamily.IPv6, Scripts.Say("6"));
        ProxyFixture proxy = await ProxyAsync(engine, family, Accepts, four.EndPoint, six.EndPoint);
        proxy.Change(ProxyFixture.Key, e => e with { SameFamily = true });
        await proxy.ApplyAsync();
        for (int i = 0; i < 4; i++)
        {
            Assert.Equal("4", await AskAsync(proxy.EndPoint, HeaderBytes.Header4));
            Assert.Equal("6", await AskAsync(proxy.EndPoint, HeaderBytes.Header6));
        }
    }

    /// <summary>What an endpoint says to a client that a header tells of; null when it was reset.</summary>
    private static async Task<string?> AskAsync(IPEndPoint target, ProxyHeader header)
    {
        using TcpPeer client = await TcpPeer.ConnectAsync(target);
        await client.SendAsync(ProxyHeaders.Write(ProxyProtocolVersion.V2, header));
        using MemoryStream answer = new();
        StreamEnd end = await client.ReadToEndAsync(part => answer.Write(part.Span));
        return end == StreamEnd.Reset ? null : System.Text.Encoding.ASCII.GetString(answer.ToArray());
    }
}
