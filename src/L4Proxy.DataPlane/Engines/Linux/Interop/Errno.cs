namespace L4Proxy.DataPlane.Engines.Linux.Interop;

/// <summary>
/// Error numbers of Linux, asm-generic/errno.h; the same on every architecture that .NET runs on. EPIPE, ENETUNREACH and EHOSTUNREACH are told
/// apart by bench/L4Proxy.Loadbench alone, from what <see cref="LinuxTcp"/> returns.
/// </summary>
internal static class Errno
{
    public const int EPERM = 1;
    public const int EINTR = 4;
    public const int EAGAIN = 11;
    public const int ENOMEM = 12;
    public const int EACCES = 13;
    public const int EEXIST = 17;
    public const int EINVAL = 22;
    public const int ENFILE = 23;
    public const int EMFILE = 24;
    public const int EPIPE = 32;
    public const int ENOSYS = 38;
    public const int EADDRINUSE = 98;
    public const int EADDRNOTAVAIL = 99;
    public const int ENETUNREACH = 101;
    public const int ECONNRESET = 104;
    public const int ENOBUFS = 105;
    public const int ETIMEDOUT = 110;
    public const int ECONNREFUSED = 111;
    public const int EHOSTUNREACH = 113;
    public const int EINPROGRESS = 115;

    /// <summary>Whether the process or the kernel is out of descriptors or memory.</summary>
    public static bool IsExhaustion(int errno) => errno is EMFILE or ENFILE or ENOBUFS or ENOMEM;
}
