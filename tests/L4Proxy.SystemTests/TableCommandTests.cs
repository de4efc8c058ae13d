using System.Net;
using System.Text.Json;
using Xunit;

namespace L4Proxy.SystemTests;

/// <summary><c>l4proxy table</c> and <c>check</c> over manifests.</summary>
public sealed class TableCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Table_Service_ShowsWhereItListensAndGoes()
    {
        string manifest = _folder.Write("web.yaml", ServiceManifest.Write(
            "web", 18080, ["l4proxy.io/balance: random", "l4proxy.io/idle-timeout: 10m"], IPEndPoint.Parse("127.0.0.1:9001"), IPEndPoint.Parse("127.0.0.1:9002")));

        ProgramRun run = await ProgramRun.ToEndAsync("table", "--manifests", manifest, "--bind", "127.0.0.7");

        Assert.Equal("", run.Error);
        Assert.Equal(
            """
            default/web
              listen     127.0.0.7:18080  host-port
              policy     random, affinity none
              settings   idle-timeout  10m
              endpoints  127.0.0.1:9001  ready
                         127.0.0.1:9002  ready

            """,
            run.Output);
        Assert.Equal(0, run.ExitCode);
    }

    [Fact]
    public async Task Table_Json_IsOneObjectOnOutput()
    {
        string manifest = _folder.Write("web.yaml", ServiceManifest.Write("web", 18080, ["l4proxy.io/balance: maglev"], IPEndPoint.Parse("127.0.0.1:9001")));

        ProgramRun run = await ProgramRun.ToEndAsync("table", "--manifests", manifest, "--output", "json");

        Assert.Equal(0, run.ExitCode);
        using JsonDocument json = JsonDocument.Parse(run.Output);
        Assert.Equal(1, json.RootElement.GetProperty("schemaVersion").GetInt32());
        JsonElement service = Assert.Single(json.RootElement.GetProperty("services").EnumerateArray());
        Assert.Equal("round-robin", service.GetProperty("balance").GetString());
        JsonElement problem = Assert.Single(json.RootElement.GetProperty("problems").EnumerateArray());
        Assert.Equal("Service default/web", problem.GetProperty("object").GetString());
        Assert.Contains("l4proxy.io/balance", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_BadObjectBesideGoodOnes_IsReportedWithItsPlace()
    {
        string manifest = _folder.Write("web.yaml", ServiceManifest.Write("web", 70000, []));

        ProgramRun run = await ProgramRun.ToEndAsync("check", "--manifests", manifest);

        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith($"error: {manifest}:", run.Output, StringComparison.Ordinal);
        Assert.Contains("Service default/web: spec.ports[0].port: ", run.Output, StringComparison.Ordinal);
        Assert.EndsWith("\n1 error\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_PathThatDoesNotExist_IsReportedOnce()
    {
        ProgramRun run = await ProgramRun.ToEndAsync("check", "--manifests", _folder.PathOf("nothing.yaml"));
        Assert.Equal($"error: {_folder.PathOf("nothing.yaml")}: no such file or folder\n1 error\n", run.Output);
        Assert.Equal(1, run.ExitCode);
    }
}
