using Microsoft.Win32.SafeHandles;

namespace L4Proxy.DataPlane.Engines;

/// <summary>
/// Descriptors that no connection gets. The .NET runtime opens some at any time, for an assembly or for a pipe that a new thread
/// needs, and aborts the process when it gets none: running out must end at the sockets.
/// </summary>
internal static class DescriptorReserve
{
    /// <summary>A dozen assemblies at two each, and a few threads at once; less than what <see cref="ResourceBudget"/> leaves over.</summary>
    private const int Kept = 32;

    private static readonly long s_first = OperatingSystem.IsLinux() ? ResourceLimits.OpenFiles() - Kept : long.MaxValue;

    /// <summary>
    /// Whether a descriptor just opened is one of the reserve and must be closed again. The kernel hands out the lowest number
    /// that is free (POSIX.1-2017, System Interfaces, 2.14), so a number tells how many are in use.
    /// </summary>
    public static bool Holds(nint descriptor) => descriptor >= s_first;

    /// <summary>Whether the next descriptor is one for a connection. Opens a file to know, so it is for those who have seen otherwise.</summary>
    public static bool IsUntouched()
    {
        try
        {
            using SafeFileHandle probe = File.OpenHandle("/dev/null");
            return !Holds(probe.DangerousGetHandle());
        }
        catch (IOException)
        {
            return false;
        }
    }
}
