namespace L4Proxy.DataPlane.Engines.Linux.Interop;

/// <summary>
/// Constants of the kernel's interface, asm-generic values: x86-64, arm64 and riscv64 agree on all of them. MSG_TRUNC and PR_SET_TIMERSLACK
/// are for <see cref="LinuxTcp"/>, which only bench/L4Proxy.Loadbench uses.
/// </summary>
internal static class Kernel
{
    public const int AF_INET = 2;
    public const int AF_INET6 = 10;

    public const int SOCK_STREAM = 1;
    public const int SOCK_NONBLOCK = 0x800;
    public const int SOCK_CLOEXEC = 0x80000;

    public const int SOL_SOCKET = 1;
    public const int SO_REUSEADDR = 2;
    public const int SO_ERROR = 4;
    public const int SO_KEEPALIVE = 9;
    public const int SO_LINGER = 13;
    public const int SO_REUSEPORT = 15;

    public const int IPPROTO_IP = 0;
    public const int IP_TRANSPARENT = 19;
    public const int IP_BIND_ADDRESS_NO_PORT = 24;
    public const int IPPROTO_IPV6 = 41;
    public const int IPV6_V6ONLY = 26;
    public const int IPV6_TRANSPARENT = 75;
    public const int IPV6_FREEBIND = 78;

    /// <summary>SO_ORIGINAL_DST of linux/netfilter_ipv4.h and IP6T_SO_ORIGINAL_DST of linux/netfilter_ipv6/ip6_tables.h.</summary>
    public const int SO_ORIGINAL_DST = 80;

    public const int IPPROTO_TCP = 6;
    public const int TCP_NODELAY = 1;
    public const int TCP_KEEPIDLE = 4;
    public const int TCP_KEEPINTVL = 5;
    public const int TCP_KEEPCNT = 6;
    public const int TCP_USER_TIMEOUT = 18;

    public const int SHUT_RD = 0;
    public const int SHUT_WR = 1;

    public const int MSG_PEEK = 0x2;
    public const int MSG_TRUNC = 0x20;
    public const int MSG_NOSIGNAL = 0x4000;

    public const int EPOLL_CLOEXEC = 0x80000;
    public const int EPOLL_CTL_ADD = 1;
    public const int EPOLL_CTL_DEL = 2;
    public const int EPOLL_CTL_MOD = 3;

    public const uint EPOLLIN = 0x001;
    public const uint EPOLLPRI = 0x002;
    public const uint EPOLLOUT = 0x004;
    public const uint EPOLLERR = 0x008;
    public const uint EPOLLHUP = 0x010;
    public const uint EPOLLRDHUP = 0x2000;
    public const uint EPOLLEXCLUSIVE = 0x1000_0000;
    public const uint EPOLLET = 0x8000_0000;

    public const int EFD_CLOEXEC = 0x80000;
    public const int EFD_NONBLOCK = 0x800;

    public const int O_RDONLY = 0;
    public const int O_NONBLOCK = 0x800;
    public const int O_CLOEXEC = 0x80000;

    public const int PR_SET_TIMERSLACK = 29;

    public const int F_SETPIPE_SZ = 1031;

    public const uint SPLICE_F_MOVE = 1;
    public const uint SPLICE_F_NONBLOCK = 2;

    /// <summary>Size of struct sockaddr_in.</summary>
    public const uint SockAddrInSize = 16;

    /// <summary>Size of struct sockaddr_in6, the longest address in use.</summary>
    public const int SockAddrSize = 28;
}
