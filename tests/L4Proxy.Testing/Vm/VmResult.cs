namespace L4Proxy.Testing.Vm;

/// <summary>How a command in a virtual machine ended.</summary>
/// <param name="ExitCode">Null when the machine ended, or was ended, before the command.</param>
/// <param name="Output">Standard output and standard error.</param>
/// <param name="Console">What the kernel said.</param>
public sealed record VmResult(int? ExitCode, string Output, string Console);
