namespace L4Proxy.ControlPlane.KernelRules.Tools;

/// <summary>How a tool ended.</summary>
/// <param name="ExitCode">0 is success.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
public sealed record ToolResult(int ExitCode, string Output, string Error)
{
    public bool Succeeded => ExitCode == 0;
}
