using L4Proxy.Testing;
using L4Proxy.Testing.Processes;
using Xunit;

namespace L4Proxy.SystemTests;

/// <summary>Exit codes and messages as a user meets them.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("", "l4proxy: a command is needed: run, forward, demo, table, check, rules, cleanup\nTry 'l4proxy --help'.\n")]
    [InlineData("rnu", "l4proxy: unknown command 'rnu'; did you mean 'run'?\nTry 'l4proxy --help'.\n")]
    [InlineData("run --manifest x", "l4proxy: unknown option '--manifest'; did you mean '--manifests'?\nTry 'l4proxy run --help'.\n")]
    [InlineData("run web.yaml", "l4proxy: unknown argument 'web.yaml'\nTry 'l4proxy run --help'.\n")]
    [InlineData("run --bind", "l4proxy: Required argument missing for option: '--bind'\nTry 'l4proxy run --help'.\n")]
    [InlineData("table --output xml", "l4proxy: --output: 'xml' is not allowed; allowed is one of table, json\nTry 'l4proxy table --help'.\n")]
    [InlineData("forward --blance random 80=a:1", "l4proxy: unknown option '--blance'; did you mean '--balance'?\nTry 'l4proxy forward --help'.\n")]
    [InlineData("forward 80=\u001b[31mx:1", "l4proxy: spec '80=?[31mx:1': backend 1 '?[31mx:1': '?[31mx' is neither an IP address nor a host name\nTry 'l4proxy forward --help'.\n")]
    [InlineData("run", "error: nothing to serve: give --manifests PATH or --kubeconfig FILE, or a key of the configuration that says the same\n")]
    [InlineData("table", "error: nothing to serve: give --manifests PATH or --kubeconfig FILE, or a key of the configuration that says the same\n")]
    [InlineData("run --config /nonexistent/l4proxy.yaml", "error: /nonexistent/l4proxy.yaml: no such file\n")]
    [InlineData("run --manifests /nonexistent/web.yaml", "error: /nonexistent/web.yaml: no such file or folder\n")]
    [InlineData("run --manifests / --bind localhost", "error: option --bind: bindAddress: 'localhost' is not allowed; allowed is an IPv4 or IPv6 address such as 127.0.0.1, 0.0.0.0 or ::1\n")]
    [InlineData("run --manifests / --engine uring", "error: option --engine: engine: 'uring' is not allowed; allowed is one of auto, linux, portable\n")]
    public async Task Run_Mistake_IsOneLineAndExitCode1(string arguments, string error)
    {
        ProgramRun run = await ProgramRun.ToEndAsync(
            [("KUBECONFIG", ""), ("KUBERNETES_SERVICE_HOST", "")], arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(error, run.Error);
        Assert.Equal("", run.Output);
        Assert.Equal(1, run.ExitCode);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("run --help")]
    [InlineData("forward --help")]
    [InlineData("demo --help")]
    [InlineData("table --help")]
    [InlineData("check -h")]
    public async Task Help_EveryCommand_HasExamples(string arguments)
    {
        ProgramRun run = await ProgramRun.ToEndAsync(arguments.Split(' '));
        Assert.Equal(0, run.ExitCode);
        Assert.Equal("", run.Error);
        Assert.Contains("Usage:", run.Output, StringComparison.Ordinal);
        Assert.Contains("Examples:\n  l4proxy ", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cat config/l4proxy.yaml", "no problems\n", 0)]
    [InlineData("cat /dev/zero", "larger than 1 MiB", 1)]
    public async Task Check_ConfigurationFromAPipe_IsReadToItsLimit(string source, string expected, int exitCode)
    {
        Requires.Linux();
        Requires.Program("bash");
        string program = Path.Combine(AppContext.BaseDirectory, "l4proxy.dll");
        await using ChildProcess process = ChildProcess.Start(
            ["bash", "-c", $"cd '{Repository.Root}'; dotnet exec '{program}' check --config <({source} 2>/dev/null)"]);
        Assert.Equal(exitCode, await process.WaitForExitAsync());
        Assert.Contains(expected, process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Version_IsPrinted()
    {
        ProgramRun run = await ProgramRun.ToEndAsync("--version");
        Assert.Equal(0, run.ExitCode);
        Assert.Matches(@"^\d+\.\d+\.\d+", run.Output);
    }

    [Fact]
    public async Task Check_ManyMistakes_AreAllOnOutputWithTheirPlaces()
    {
        string config = _folder.Write("l4proxy.yaml", "engnie: linux\nlog:\n  level: loud\n  level: info\ndefaults:\n  idleTimeout: 10\n");
        ProgramRun run = await ProgramRun.ToEndAsync(
            [("L4PROXY__DRAINTIMEOUT", "soon"), ("L4PROXY__LINUX__LOOP", "2")], "check", "--config", config, "--bind", "here");

        Assert.Equal("", run.Error);
        Assert.Equal(
            [
                $"error: {config}:1: engnie: unknown key; did you mean 'engine'?",
                $"error: {config}:3: log.level: 'loud' is not allowed; allowed is one of trace, debug, info, warning, error, critical, none",
                $"error: {config}:4: log.level: given twice, first on line 3",
                $"error: {config}:6: defaults.idleTimeout: '10' is not allowed; allowed is a duration from 1ms to 24d, or 0 (never)",
                "error: environment variable L4PROXY__LINUX__LOOP: there is no such key; did you mean L4PROXY__LINUX__LOOPS?",
                "error: environment variable L4PROXY__DRAINTIMEOUT: drainTimeout: 'soon' is not allowed; allowed is a duration from 1ms to 24d, or 0 (reset at once)",
                "error: option --bind: bindAddress: 'here' is not allowed; allowed is an IPv4 or IPv6 address such as 127.0.0.1, 0.0.0.0 or ::1",
                "7 errors",
            ],
            run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(1, run.ExitCode);
    }

    [Fact]
    public async Task ServiceCidr_WithBitsOfAHost_IsOneLine()
    {
        ProgramRun run = await ProgramRun.ToEndAsync("rules", "plan", "--mode", "nftables", "--manifests", _folder.Write("services.yaml", ""), "--service-cidr", "10.96.0.1/16");

        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.Equal(
            "error: option --service-cidr: serviceCIDRs: '10.96.0.1/16' is not allowed; "
            + "allowed is a network such as 10.96.0.0/16 or fd00:10:96::/112, with no bits set after its prefix\n",
            run.Error);
    }

    [Fact]
    public async Task Check_Warning_FailsOnlyWhenStrict()
    {
        string config = _folder.Write("l4proxy.yaml", "defaults: {hedgeDelay: 2s}\n");

        ProgramRun lenient = await ProgramRun.ToEndAsync("check", "--config", config);
        Assert.Equal(0, lenient.ExitCode);
        Assert.EndsWith("\n1 warning\n", lenient.Output, StringComparison.Ordinal);

        ProgramRun strict = await ProgramRun.ToEndAsync("check", "--strict", "--config", config);
        Assert.Equal(1, strict.ExitCode);
    }

    [Fact]
    public async Task Check_NothingWrong_SaysSo()
    {
        ProgramRun run = await ProgramRun.ToEndAsync("check");
        Assert.Equal((0, "no problems\n", ""), (run.ExitCode, run.Output, run.Error));
    }
}
