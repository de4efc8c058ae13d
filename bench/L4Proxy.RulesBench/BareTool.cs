using L4Proxy.ControlPlane.KernelRules.Tools;

namespace L4Proxy.RulesBench;

/// <summary>
/// What <c>iptables-restore</c> costs by itself beside all rules that are in force: it appends one rule to a chain of its own that no other leads
/// to, which is the least that anybody can ask of it.
/// </summary>
/// <param name="Name">Which of the variants.</param>
internal sealed record BareTool(string Name)
{
    private const string Chain = "L4P-BENCH";

    public Task AppendAsync(IHostTools tools) => RunAsync(tools, $"-A {Chain} -s 127.0.0.9/32 -j MARK --set-xmark 0x1/0x1");

    public Task PrepareAsync(IHostTools tools) => RunAsync(tools, $":{Chain} - [0:0]");

    public Task RemoveAsync(IHostTools tools) => RunAsync(tools, $"-F {Chain}\n-X {Chain}");

    private async Task RunAsync(IHostTools tools, string lines)
    {
        ToolResult result = await tools.RunAsync(Name, ["--noflush"], $"*nat\n{lines}\nCOMMIT\n", TimeSpan.FromMinutes(5), CancellationToken.None);
        if (!result.Succeeded)
        {
            throw new InvalidOperationException($"{Name}: {result.Error}");
        }
    }
}
