using System.Diagnostics;

namespace L4Proxy.RulesBench;

/// <summary>Runs this program once more in a network namespace of its own, so that the host's rules are never touched.</summary>
internal static class OwnNamespace
{
    private const string InsideVariable = "L4PROXY_RULESBENCH_INSIDE";

    /// <summary>Whether this is the process in the namespace.</summary>
    public static bool IsInside => Environment.GetEnvironmentVariable(InsideVariable) == "1";

    /// <summary>The exit code of the process in the namespace.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        string name = $"l4p-rulesbench-{Environment.ProcessId}";
        if (await IpAsync("netns", "add", name) is not 0 and int code)
        {
            await Console.Error.WriteLineAsync("A network namespace cannot be made: the benchmark needs root and the program ip.");
            return code;
        }

        try
        {
            string[] self = Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal)
                ? [Environment.ProcessPath!, typeof(OwnNamespace).Assembly.Location]
                : [Environment.ProcessPath!];
            return await IpAsync(["netns", "exec", name, .. self, .. args]);
        }
        finally
        {
            await IpAsync("netns", "del", name);
        }
    }

    private static async Task<int> IpAsync(params string[] arguments)
    {
        ProcessStartInfo start = new("ip", arguments) { UseShellExecute = false };
        start.Environment[InsideVariable] = "1";
        using Process process = Process.Start(start)!;
        await process.WaitForExitAsync();
        return process.ExitCode;
    }
}
