using System.Net;
using System.Text.Json;
using L4Proxy.Loadbench.Load.Steps;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Processes;
using Xunit;
using BackendProcess = L4Proxy.Loadbench.Backends.BackendProcess;

namespace L4Proxy.Tests.Loadbench;

/// <summary>The program itself, in processes of its own.</summary>
public sealed class LoadCommandTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private BackendProcess _backend = null!;

    private string Target => _backend.EndPoints[0].ToString();

    public async ValueTask InitializeAsync()
    {
        Requires.Linux();
        _backend = await BackendProcess.StartAsync([new IPEndPoint(IPAddress.Loopback, 0)], threads: 1, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _backend.DisposeAsync();
        _folder.Dispose();
        await Assert.ThrowsAnyAsync<Exception>(() => ConnectAsync(_backend.EndPoints[0]));
    }

    [Fact]
    public async Task Load_FileWithinItsThresholds_WritesTheResult()
    {
        string file = Write("steps: [{name: easy, rate: 100, duration: 300ms, path: /7, thresholds: [errors == 0]}]");
        (int code, string log) = await RunAsync(["load", file, "--target", Target, "--out", _folder["out"]]);

        Assert.True(code == 0, log);
        Assert.Contains("easy", log, StringComparison.Ordinal);
        using JsonDocument result = ReadResult();
        JsonElement step = result.RootElement.GetProperty("steps")[0];
        Assert.True(step.GetProperty("operations").GetInt64() > 0);
        Assert.Equal(100, step.GetProperty("askedRate").GetDouble());
        Assert.True(step.GetProperty("response").GetProperty("p99").GetDouble() > 0);
    }

    [Fact]
    public async Task Load_MissedThreshold_IsNamedAndExitsWithOne()
    {
        string file = Write("steps: [{duration: 100ms, thresholds: [rate < 1]}]");
        (int code, string log) = await RunAsync(["load", file, "--target", Target]);

        Assert.Equal(1, code);
        Assert.Contains("missed: rate < 1", log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("steps: [{duration: soon}]", "duration: 'soon' is not allowed")]
    [InlineData("steps: [{duration: 1s}]", "there is no target")]
    [InlineData("{targets: nowhere, steps: [{duration: 1s}]}", "target 'nowhere' is not HOST:PORT")]
    public async Task Load_Mistake_IsOneLineAndExitsWithTwo(string text, string expected)
    {
        (int code, string log) = await RunAsync(["load", Write(text)]);

        Assert.Equal(2, code);
        Assert.Contains(expected, log, StringComparison.Ordinal);
        Assert.Single(log.Trim().Split('\n'));
    }

    [Fact]
    public async Task Load_Options_AreOneStep()
    {
        (int code, string log) = await RunAsync(["load", "--target", Target, "--connections", "3", "--duration", "200ms", "--path", "/5"]);
        Assert.True(code == 0, log);
        (code, _) = await RunAsync(["load", "--target", Target, "--connections", "three"]);
        Assert.Equal(2, code);
    }

    [Theory]
    [InlineData("--rate", "NaN", "--rate: 'NaN' is not allowed; allowed is a number per second above 0")]
    [InlineData("--rate", "1e12", "--rate: '1000000000000' is not allowed")]
    [InlineData("--duration", "2d", "--duration: '2d' is not allowed; allowed is a duration of 1ms to 1d")]
    [InlineData("--connections", "0", "--connections: '0' is not allowed; allowed is a number from 1 to 1000000")]
    [InlineData("--path", "/ HTTP/1.1\r\nX: y", "--path: a path begins with / and has no blanks")]
    public async Task Load_OptionOutOfRange_IsOneLineAndExitsWithTwo(string option, string value, string expected)
    {
        (int code, string log) = await RunAsync(["load", "--target", Target, option, value]);

        Assert.Equal(2, code);
        Assert.Contains(expected, log, StringComparison.Ordinal);
        Assert.Single(log.Trim().Split('\n'));
    }

    [Theory]
    [InlineData("steps: [{duration: 100ms, thresholds: [errors < 100]}]", "nothing was completed: no threshold holds")]
    [InlineData("steps: [{duration: 100ms}]", "nothing was completed")]
    public async Task Load_ServiceThatNeverAnswers_ExitsWithOne(string text, string expected)
    {
        await using TcpBackend dead = TcpBackend.Start(IPFamily.IPv4, Scripts.Stall);
        (int code, string log) = await RunAsync(["load", Write(text), "--target", dead.EndPoint.ToString()]);

        Assert.Equal(1, code);
        Assert.Contains(expected, log, StringComparison.Ordinal);
        Assert.Contains("errors: Stalled 1", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_Interrupted_WritesWhatThereIsAndExitsWith130()
    {
        await using TcpBackend server = TcpBackend.Start(IPFamily.IPv4, Scripts.Echo);
        string file = Write("""
            steps:
            - {name: one, text: "PING\n", duration: 100ms}
            - {name: two, text: "PING\n", duration: 1h, thresholds: [rate < 1]}
            - {name: three, text: "PING\n"}
            """);
        await using ChildProcess process = Start(["load", file, "--target", server.EndPoint.ToString(), "--out", _folder["out"]]);
        await Eventually.True(() => server.Accepted == 2 || process.HasExited, what: "a connection of the second step");

        // SIGINT would be ignored where whoever runs the tests ignores it.
        process.Send(Signal.Terminate);
        int code = await process.WaitForExitAsync();

        Assert.True(code == 130, process.Log);
        Assert.Contains("cut short after", process.Log, StringComparison.Ordinal);
        Assert.Contains("interrupted", process.Log, StringComparison.Ordinal);
        using JsonDocument result = ReadResult();
        Assert.True(result.RootElement.GetProperty("interrupted").GetBoolean());
        JsonElement steps = result.RootElement.GetProperty("steps");
        Assert.Equal(2, steps.GetArrayLength());
        Assert.False(steps[0].GetProperty("cutShort").GetBoolean());
        Assert.True(steps[1].GetProperty("cutShort").GetBoolean());
    }

    [Fact]
    public async Task Load_Hold_ShowsConnectionsInPlaceOfARate()
    {
        string file = Write("steps: [{kind: hold, connections: 5, duration: 100ms}]");
        (int code, string log) = await RunAsync(["load", file, "--target", Target]);

        Assert.True(code == 0, log);
        Assert.Contains("5 of 5 connections were open when holding began", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_FewerDescriptorsThanConnections_SaysSo()
    {
        string file = Write("steps: [{kind: hold, connections: 400, duration: 100ms}]");
        (int code, string log) = await RunAsync(["load", file, "--target", Target], "ulimit -n 420; exec \"$@\"");

        Assert.Equal(2, code);
        Assert.Contains("400 connections are more than the limit of open files (420, ulimit -n) leaves room for", log, StringComparison.Ordinal);
    }

    private static async Task ConnectAsync(IPEndPoint address)
    {
        using TcpPeer peer = await TcpPeer.ConnectAsync(address);
    }

    private static async Task<(int Code, string Log)> RunAsync(IReadOnlyList<string> arguments, string shell = "exec \"$@\"")
    {
        await using ChildProcess process = Start(arguments, shell);
        int code = await process.WaitForExitAsync();
        return (code, process.Log);
    }

    private static ChildProcess Start(IReadOnlyList<string> arguments, string shell = "exec \"$@\"")
    {
        string program = Path.Combine(AppContext.BaseDirectory, "L4Proxy.Loadbench.dll");
        return ChildProcess.Start(["sh", "-c", shell, "sh", "dotnet", "exec", program, .. arguments]);
    }

    private JsonDocument ReadResult() => JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder["out"], LoadReport.FileName)));

    private string Write(string text)
    {
        File.WriteAllText(_folder["load.yaml"], text);
        return _folder["load.yaml"];
    }
}
