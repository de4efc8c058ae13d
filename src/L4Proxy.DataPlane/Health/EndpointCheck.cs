using System.Net;
using System.Net.Sockets;
using L4Proxy.DataPlane.Engines.Portable;
using L4Proxy.DataPlane.ProxyProtocol;
using L4Proxy.DataPlane.Services;
using Microsoft.Extensions.Logging;

namespace L4Proxy.DataPlane.Health;

/// <summary>The checks of one endpoint: a TCP connect each interval, with a PROXY header where the endpoint gets one.</summary>
internal sealed class EndpointCheck : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationToken _token;
    private readonly ServiceState _service;
    private readonly EndpointState _endpoint;
    private readonly SemaphoreSlim _places;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private readonly HealthVerdict _verdict = new();

    public EndpointCheck(ServiceState service, EndpointState endpoint, SemaphoreSlim places, TimeProvider time, ILogger logger)
    {
        _token = _stop.Token;
        _service = service;
        _endpoint = endpoint;
        _places = places;
        _time = time;
        _logger = logger;
    }

    private HealthCheckOptions Options => _service.Entry.Options.HealthCheck;

    /// <summary>Checks until stopped. The first check comes at a random point of the first interval, which spreads all of them.</summary>
    public async Task RunAsync()
    {
        try
        {
            await Task.Delay(Options.Interval * Random.Shared.NextDouble(), _time, _token);
            while (true)
            {
                HealthCheckOptions options = Options;
                ProbeResult result = await ProbeAsync(options.Timeout);
                if (result.Conclusive)
                {
                    Count(result.Error, options);
                }

                await Task.Delay(options.Interval, _time, _token);
            }
        }
        catch (OperationCanceledException) when (_token.IsCancellationRequested)
        {
            // Nobody asks any more.
        }
    }

    /// <summary>Ends the checks; the endpoint counts as healthy from now on.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _stop.Cancel();
            _stop.Dispose();
            _service.SetHealthy(_endpoint, healthy: true);
        }
    }

    private async Task<ProbeResult> ProbeAsync(TimeSpan timeout)
    {
        await _places.WaitAsync(_token);
        try
        {
            using CancellationTokenSource deadline = new(timeout, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, _token);
            using Socket socket = new(_endpoint.Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(_endpoint.Address, either.Token);
            await SendHeaderAsync(socket, either.Token);

            // An orderly close: a reset would fill the endpoint's log with errors.
            TcpSocket.Finish(socket, SocketShutdown.Both);
            return new ProbeResult(Conclusive: true, Error: null);
        }
        catch (OperationCanceledException) when (!_token.IsCancellationRequested)
        {
            return new ProbeResult(Conclusive: true, "no answer in time");
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.AddressNotAvailable or SocketError.NoBufferSpaceAvailable)
        {
            // What ran out is this host's; it says nothing about the endpoint.
            return new ProbeResult(Conclusive: false, e.Message);
        }
        catch (SocketException e)
        {
            return new ProbeResult(Conclusive: true, e.Message);
        }
        finally
        {
            _places.Release();
        }
    }

    /// <summary>An endpoint that expects a PROXY header would note its lack as an error, check after check.</summary>
    private async ValueTask SendHeaderAsync(Socket socket, CancellationToken stop)
    {
        ProxyProtocolOptions options = _service.Entry.Options.ProxyProtocol;
        if (options.Send != ProxyProtocolVersion.None && socket.LocalEndPoint is IPEndPoint local)
        {
            ProxyHeader own = new(ClientAddress.From(local), ClientAddress.From(_endpoint.Address));
            await HeaderSender.SendAsync(socket, options, ProxyHeader.ForCheck(options.Send, own), stop);
        }
    }

    private void Count(string? error, HealthCheckOptions options)
    {
        lock (_gate)
        {
            if (_token.IsCancellationRequested || !_verdict.Count(error is null, options.Rise, options.Fall))
            {
                return;
            }

            _service.SetHealthy(_endpoint, _verdict.Healthy);
        }

        if (error is null)
        {
            HealthLog.Up(_logger, _endpoint.Address, _service.Key);
        }
        else
        {
            HealthLog.Down(_logger, _endpoint.Address, _service.Key, error);
        }
    }

    /// <summary>What a check found.</summary>
    /// <param name="Conclusive">Whether it says something about the endpoint.</param>
    /// <param name="Error">Null when the endpoint accepted in time.</param>
    private readonly record struct ProbeResult(bool Conclusive, string? Error);
}
