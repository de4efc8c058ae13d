namespace L4Proxy.ControlPlane.KernelRules.Tools;

/// <summary>Files below /proc/sys (proc(5)).</summary>
internal static class SysctlFile
{
    /// <summary>Why a file cannot be written, as where /proc/sys is mounted read-only; null when it can be. It is opened, and nothing is written.</summary>
    public static string? WhyNotWritable(string path)
    {
        try
        {
            File.OpenHandle(path, FileMode.Open, FileAccess.Write).Dispose();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }
}
