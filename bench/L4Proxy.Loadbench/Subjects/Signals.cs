using System.Runtime.InteropServices;

namespace L4Proxy.Loadbench.Subjects;

/// <summary>Signals to processes, see kill(2) and signal(7).</summary>
internal static class Signals
{
    public const int Hangup = 1;
    public const int Quit = 3;
    public const int KillNow = 9;
    public const int User1 = 10;
    public const int User2 = 12;
    public const int Terminate = 15;
    public const int Continue = 18;
    public const int Stop = 19;

    /// <summary>Whether the process was there to get it.</summary>
    public static bool Send(int processId, int signal) => Kill(processId, signal) == 0;

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int processId, int signal);
}
