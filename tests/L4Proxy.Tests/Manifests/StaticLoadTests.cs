using System.Net;
using L4Proxy.ControlPlane;
using L4Proxy.ControlPlane.Manifests;
using L4Proxy.ControlPlane.Names;
using L4Proxy.ControlPlane.Translation;
using L4Proxy.DataPlane.Services;
using L4Proxy.Testing;
using L4Proxy.Tests.Translation;
using Xunit;

namespace L4Proxy.Tests.Manifests;

public sealed class StaticLoadTests
{
    [Fact]
    public async Task LoadAsync_Samples_AreFreeOfProblems()
    {
        ManifestSourceOptions options = new([Repository.PathOf("config", "samples")], new TranslationOptions());
        using ResolvedNames names = new(new LocalResolver(), TimeSpan.FromHours(1), TimeProvider.System);

        SourceSnapshot snapshot = await StaticLoad.LoadAsync(options, new FakeHost(), names, CancellationToken.None).Within();

        Assert.Empty(snapshot.Problems);
        Assert.NotEmpty(snapshot.Table.Services);
        Assert.All(snapshot.Table.Services, s => Assert.Contains(s.Endpoints, e => e.Usable));
        Assert.All(
            snapshot.Table.Services.SelectMany(s => s.Frontends),
            f => Assert.True(IPAddress.IsLoopback(f.Address.Address) && f.Address.Port > 1023));
    }

    [Fact]
    public async Task LoadAsync_WithoutNames_AsksNobodyAndKnowsLiterals()
    {
        using TemporaryFolder folder = new();
        string file = folder.Write("names.yaml", """
            apiVersion: v1
            kind: Service
            metadata: {name: literal}
            spec: {type: ExternalName, externalName: 127.0.0.9, ports: [{port: 8001}]}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: named}
            spec: {type: ExternalName, externalName: db.example, ports: [{port: 8002}]}
            """);

        ManifestSourceOptions options = new([file], new TranslationOptions());

        SourceSnapshot snapshot = await StaticLoad.LoadAsync(options, new FakeHost(), null, CancellationToken.None).Within();

        Assert.Empty(snapshot.Problems);
        Assert.Equal([1, 0], snapshot.Table.Services.Select(s => s.Endpoints.Length));
    }

    [Fact]
    public async Task LoadAsync_SamplesWithoutNames_KeepTheServiceThatHasNone()
    {
        ManifestSourceOptions options = new([Repository.PathOf("config", "samples", "external-name.yaml")], new TranslationOptions());

        SourceSnapshot snapshot = await StaticLoad.LoadAsync(options, new FakeHost(), null, CancellationToken.None).Within();

        ServiceEntry entry = Assert.Single(snapshot.Table.Services);
        Assert.Single(entry.Frontends);
    }

    private sealed class LocalResolver : INameResolver
    {
        public ValueTask<IPAddress[]> ResolveAsync(string host, CancellationToken cancellation) =>
            ValueTask.FromResult<IPAddress[]>([IPAddress.Loopback]);
    }
}
