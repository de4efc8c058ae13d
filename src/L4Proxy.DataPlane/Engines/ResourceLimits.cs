namespace L4Proxy.DataPlane.Engines;

internal static class ResourceLimits
{
    public static long OpenFiles() => 20000;
}
