using System.Diagnostics;
using System.Globalization;
using L4Proxy.Testing;

namespace L4Proxy.SystemTests;

/// <summary>Sends signals by kill(1).</summary>
internal static class Signals
{
    /// <summary>Sends a signal: <c>TERM</c>, <c>INT</c>, <c>HUP</c>, <c>KILL</c>, <c>STOP</c>.</summary>
    public static async Task SendAsync(int processId, string name)
    {
        using Process kill = Process.Start("kill", ["-s", name, processId.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync().Within();
    }
}
