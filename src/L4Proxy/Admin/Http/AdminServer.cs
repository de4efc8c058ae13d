using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace L4Proxy.Admin.Http;

/// <summary>
/// A small HTTP/1.1 server for addresses that come and go. Everything that a client controls is bounded. An address that cannot
/// be bound is one warning, and is tried again. Kestrel is loaded when there is the first address.
/// </summary>
internal sealed class AdminServer : IAsyncDisposable
{
    /// <summary>How often addresses that could not be bound are tried again.</summary>
    private static readonly TimeSpan s_retryInterval = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly HashSet<AdminBinding> _bindings = [];
    private readonly ILogger _logger;
    private readonly ITimer _retry;
    private AdminTransport? _transport;
    private KestrelServer? _server;
    private bool _stopped;

    public AdminServer(TimeProvider time, ILogger logger)
    {
        _logger = logger;
        _retry = time.CreateTimer(static self => ((AdminServer)self!).Retry(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Serves an address from now on, or as soon as it can be bound.</summary>
    /// <param name="binding">The address.</param>
    /// <param name="required">Whether failing to bind is the caller's to handle.</param>
    /// <exception cref="IOException">The address is required and cannot be bound; the message says why.</exception>
    public void Add(AdminBinding binding, bool required = false)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stopped, this);
            _transport ??= StartServer();
            if (!TryListen(binding, log: !required) && required)
            {
                throw new IOException($"{binding.Name} cannot listen on {binding.Address}: {binding.Error}");
            }

            _bindings.Add(binding);
            PlanRetry();
        }
    }

    /// <summary>Stops serving an address; its port is free again when this completes.</summary>
    public async Task RemoveAsync(AdminBinding binding)
    {
        AdminListener? listener;
        lock (_gate)
        {
            _bindings.Remove(binding);
            listener = binding.Listener;
            binding.Listener = null;
        }

        if (listener is not null)
        {
            await listener.DisposeAsync();
        }
    }

    /// <summary>Where a binding really listens; null while it does not.</summary>
    public IPEndPoint? AddressOf(AdminBinding binding)
    {
        lock (_gate)
        {
            return binding.Listener?.LocalEndPoint;
        }
    }

    /// <summary>Ends at once: no client is waited for.</summary>
    public async ValueTask DisposeAsync()
    {
        AdminBinding[] bindings;
        lock (_gate)
        {
            _stopped = true;
            bindings = [.. _bindings];
        }

        await _retry.DisposeAsync();
        foreach (AdminBinding binding in bindings)
        {
            await RemoveAsync(binding);
        }

        if (_server is not null)
        {
            await _server.StopAsync(new CancellationToken(canceled: true));
            _server.Dispose();
        }
    }

    private static KestrelServerOptions CreateOptions(AdminTransport transport)
    {
        KestrelServerOptions options = new() { AddServerHeader = false, AllowSynchronousIO = false };

        // A scraper sends about 500 bytes of header.
        options.Limits.MaxRequestLineSize = 2048;
        options.Limits.MaxRequestHeadersTotalSize = 8192;
        options.Limits.MaxRequestHeaderCount = 50;
        options.Limits.MaxRequestBufferSize = 16384;
        options.Limits.MaxRequestBodySize = 0;
        options.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5);

        // Longer than a usual scrape interval, so that Prometheus keeps its connection.
        options.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(90);

        // A client that reads nothing is cut after the grace time, and as much later as what it was sent takes at this rate.
        options.Limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 16384, gracePeriod: TimeSpan.FromSeconds(5));
        options.Listen(new IPEndPoint(IPAddress.None, 0), listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.Use(transport.Track);
        });
        return options;
    }

    private AdminTransport StartServer()
    {
        AdminTransport transport = new();

        // Kestrel logs at level info what any client can provoke.
        _server = new KestrelServer(Microsoft.Extensions.Options.Options.Create(CreateOptions(transport)), transport, NullLoggerFactory.Instance);

        // Binds nothing by itself, so it completes at once.
        _server.StartAsync(new AdminApplication(_logger), CancellationToken.None).GetAwaiter().GetResult();
        return transport;
    }

    private bool TryListen(AdminBinding binding, bool log)
    {
        try
        {
            binding.Listener = new AdminListener(_transport!, binding);
        }
        catch (SocketException e)
        {
            string cause = Describe(e);
            if (log && binding.Error != cause)
            {
                AdminLog.CannotListen(_logger, binding.Name, binding.Address, cause);
            }

            binding.Error = cause;
            return false;
        }

        if (binding.Error is null)
        {
            AdminLog.Listening(_logger, binding.Name, binding.Listener.LocalEndPoint);
        }
        else
        {
            AdminLog.ListeningAtLast(_logger, binding.Name, binding.Listener.LocalEndPoint);
        }

        binding.Error = null;
        return true;
    }

    private static string Describe(SocketException e) => e.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => "address already in use",
        SocketError.AccessDenied => "permission denied",
        SocketError.AddressNotAvailable => "address not available on this host",
        SocketError.AddressFamilyNotSupported => "address family not supported on this host",
        SocketError.TooManyOpenSockets => "too many open files",
        _ => e.Message,
    };

    private void Retry()
    {
        lock (_gate)
        {
            if (_stopped)
            {
                return;
            }

            foreach (AdminBinding binding in _bindings)
            {
                if (binding.Listener is null)
                {
                    TryListen(binding, log: true);
                }
            }

            PlanRetry();
        }
    }

    private void PlanRetry()
    {
        bool failed = _bindings.Any(b => b.Listener is null);
        _retry.Change(failed ? s_retryInterval : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }
}
