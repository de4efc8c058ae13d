using System.Runtime.InteropServices;

namespace L4Proxy.Testing.Processes;

/// <summary>System calls that tests need and .NET lacks.</summary>
internal static class LinuxCalls
{
    /// <summary>CLONE_NEWNET, setns(2): the descriptor must be one of a network namespace.</summary>
    public const int NetworkNamespace = 0x4000_0000;

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int Kill(int processId, int signal);

    [DllImport("libc", EntryPoint = "setns", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int SetNamespace(int descriptor, int kind);
}
