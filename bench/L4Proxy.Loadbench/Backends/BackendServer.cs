using System.Collections.Immutable;
using System.ComponentModel;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using L4Proxy.DataPlane.Engines.Linux.Interop;
using L4Proxy.Loadbench.Load;

namespace L4Proxy.Loadbench.Backends;

/// <summary>A server of answers of any size, as lean as the proxies in front of it: see README.md beside this file.</summary>
internal sealed class BackendServer : IDisposable
{
    /// <summary>Larger than any burst of a comparison, and what current kernels allow (net.core.somaxconn).</summary>
    private const int Backlog = 4096;

    private readonly List<int> _listeners = [];
    private readonly ImmutableArray<BackendLoop> _loops;

    /// <summary>Listens and serves.</summary>
    /// <param name="addresses">Port 0 is any free one.</param>
    /// <param name="threads">1 or more.</param>
    /// <exception cref="LoadException">An address cannot be listened on.</exception>
    public BackendServer(IEnumerable<IPEndPoint> addresses, int threads)
    {
        try
        {
            EndPoints = [.. addresses.Select(Listen)];
            _loops = [.. Enumerable.Range(0, threads).Select(_ => new BackendLoop([.. _listeners]))];
        }
        catch
        {
            CloseListeners();
            throw;
        }
    }

    /// <summary>Where it listens, in the order of the addresses.</summary>
    public ImmutableArray<IPEndPoint> EndPoints { get; }

    public void Dispose()
    {
        foreach (BackendLoop loop in _loops)
        {
            loop.Stop();
        }

        CloseListeners();
    }

    private IPEndPoint Listen(IPEndPoint address)
    {
        int fd = Checked(address, LinuxTcp.Open(address.AddressFamily == AddressFamily.InterNetwork ? Kernel.AF_INET : Kernel.AF_INET6));
        _listeners.Add(fd);
        LinuxFd.SetOption(fd, Kernel.SOL_SOCKET, Kernel.SO_REUSEADDR, 1);
        LinuxFd.SetOption(fd, Kernel.IPPROTO_TCP, Kernel.TCP_NODELAY, 1);
        SocketAddress native = address.Serialize();
        Checked(address, LinuxTcp.Bind(fd, native.Buffer.Span[..native.Size]));
        Checked(address, LinuxTcp.Listen(fd, Backlog));
        return new IPEndPoint(address.Address, LinuxFd.LocalAddress(fd).Port);
    }

    private static int Checked(IPEndPoint address, int result) => result >= 0
        ? result
        : throw new LoadException($"cannot listen on {address}: {Marshal.GetPInvokeErrorMessage(-result)}", new Win32Exception(-result));

    private void CloseListeners()
    {
        foreach (int fd in _listeners)
        {
            LinuxFd.Close(fd);
        }

        _listeners.Clear();
    }
}
