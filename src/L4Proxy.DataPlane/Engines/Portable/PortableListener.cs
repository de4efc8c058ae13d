using System.Net;
using System.Net.Sockets;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane.Engines.Portable;

/// <summary>
/// A listening address. No operating system lets a socket stop to listen in a portable way, so stopping closes
/// the socket and binds a fresh one to the same address at once.
/// </summary>
internal sealed class PortableListener : IEngineListener, IAsyncDisposable
{
    /// <summary>How often the address is bound again, 10 ms apart, when something has it in the moment between.</summary>
    private const int BindAttempts = 20;

    /// <summary>SOL_SOCKET and SO_REUSEADDR of Linux; .NET's own option of that name sets SO_REUSEPORT too.</summary>
    private const int LinuxSocketLevel = 1;

    private const int LinuxReuseAddress = 2;

    private static readonly TimeSpan s_bindPause = TimeSpan.FromMilliseconds(10);

    private readonly PortableEngine _engine;
    private readonly FrontendState _frontend;
    private Socket? _socket;
    private AcceptLoop? _accepting;

    public PortableListener(PortableEngine engine, FrontendState frontend)
    {
        _engine = engine;
        _frontend = frontend;
        _socket = frontend.Entry.Address.Port == 0 ? BindAnyPort() : Bind(frontend.Entry.Address);
        LocalEndPoint = (IPEndPoint)_socket.LocalEndPoint!;
    }

    public IPEndPoint LocalEndPoint { get; }

    public void SetOpen(bool open)
    {
        if (open == _accepting is not null)
        {
            return;
        }

        if (open)
        {
            Open();
        }
        else
        {
            _ = Stop();
            _socket = Rebind();
        }
    }

    public async ValueTask CloseAsync()
    {
        Task ended = Stop();
        _engine.Forget(this);
        await ended;
    }

    public ValueTask DisposeAsync() => CloseAsync();

    /// <summary>
    /// Asked for any free port on a socket with SO_REUSEADDR, which .NET sets, Linux searches only half of its range and
    /// takes seconds over thousands of sockets. A socket that .NET does not know for TCP is spared the option: it
    /// finds a port, and the listener takes that one by number.
    /// </summary>
    private Socket BindAnyPort()
    {
        IPEndPoint address = _frontend.Entry.Address;
        for (int attempt = 1; OperatingSystem.IsLinux() && attempt <= BindAttempts; attempt++)
        {
            try
            {
                return Bind(new IPEndPoint(address.Address, FindPort(address)));
            }
            catch (ListenException e) when (e.Error == SocketError.AddressAlreadyInUse)
            {
                // Somebody took it in the moment between.
            }
        }

        return Bind(address);
    }

    private static int FindPort(IPEndPoint address)
    {
        try
        {
            using Socket probe = new(address.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
            probe.Bind(address);
            return ((IPEndPoint)probe.LocalEndPoint!).Port;
        }
        catch (SocketException e)
        {
            throw Explain(address, e);
        }
    }

    private Socket Bind(IPEndPoint address)
    {
        Socket? socket = null;
        try
        {
            socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            if (DescriptorReserve.Holds(socket.Handle))
            {
                throw new SocketException((int)SocketError.TooManyOpenSockets);
            }

            if (OperatingSystem.IsWindows())
            {
                // Elsewhere the kernel never lets two sockets listen on one address unless both ask for it.
                socket.ExclusiveAddressUse = true;
            }

            if (address.AddressFamily == AddressFamily.InterNetworkV6 && _frontend.Entry.TakesIPv4)
            {
                // As everywhere on Linux, [::] takes IPv4 clients too.
                socket.DualMode = true;
            }

            TcpSocket.AllowRouted(socket, _engine.Options);

            socket.Bind(address);
            SetShared(socket, shared: false);
            return socket;
        }
        catch (SocketException e)
        {
            socket?.Dispose();
            throw Explain(address, e);
        }
    }

    private static ListenException Explain(IPEndPoint address, SocketException e) => new(address, e.SocketErrorCode, e.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => "address already in use",
        SocketError.AccessDenied => "permission denied",
        SocketError.AddressNotAvailable => "address not available on this host",
        SocketError.AddressFamilyNotSupported => "address family not supported on this host",
        SocketError.TooManyOpenSockets => "too many open files",
        _ => e.Message,
    });

    /// <summary>
    /// .NET sets SO_REUSEADDR on what it binds. On Linux that lets another program, which most often sets it too, bind the
    /// same address as long as neither listens; but it is needed to listen while old connections of the port linger.
    /// </summary>
    private static void SetShared(Socket socket, bool shared)
    {
        if (OperatingSystem.IsLinux())
        {
            socket.SetRawSocketOption(LinuxSocketLevel, LinuxReuseAddress, BitConverter.GetBytes(shared ? 1 : 0));
        }
    }

    private void Open()
    {
        Socket socket = _socket ??= Bind(LocalEndPoint);
        try
        {
            SetShared(socket, shared: true);
            socket.Listen(_engine.Options.Backlog);
        }
        catch (SocketException e)
        {
            throw Explain(LocalEndPoint, e);
        }

        _accepting = new AcceptLoop(_engine, _frontend, socket, LocalEndPoint);
        _accepting.Start();
    }

    /// <summary>Closes the socket; the kernel resets the clients in its backlog.</summary>
    private Task Stop()
    {
        Task ended = _accepting?.DisposeAsync().AsTask() ?? Task.CompletedTask;
        _accepting = null;
        _socket?.Dispose();
        _socket = null;
        return ended;
    }

    private Socket Rebind()
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return Bind(LocalEndPoint);
            }
            catch (ListenException e) when (e.Error == SocketError.AddressAlreadyInUse && attempt < BindAttempts)
            {
                Thread.Sleep(s_bindPause);
            }
        }
    }
}
