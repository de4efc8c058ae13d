using System.Collections.Frozen;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using L4Proxy.DataPlane.Services;
using Microsoft.Extensions.Logging;

namespace L4Proxy.DataPlane.Engines;

/// <summary>
/// Which dials go out from the client's own address (IP_TRANSPARENT, ip(7)): those whose answers come back to this host. That is
/// so for an endpoint on this node that does not share a link with the client, to whom it would answer directly past the proxy.
/// </summary>
internal sealed class TransparentSource : IDisposable
{
    /// <summary>At most one line about dials that failed in this time, in milliseconds.</summary>
    private const int LogMs = 10_000;

    /// <summary>
    /// While nothing is known nobody speaks from a client's address, and no change need ever come that would be announced; an interface that
    /// got in the way is gone long before.
    /// </summary>
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(1);

    private readonly ILogger _log;
    private readonly Func<IEnumerable<(IPAddress Address, int PrefixLength)>> _read;
    private readonly ITimer _timer;

    /// <summary>Readings follow each other: none may put an older one in the place of a newer.</summary>
    private readonly Lock _gate = new();

    /// <summary>Null while nothing is known of them.</summary>
    private volatile Links? _links;

    private bool _saidUnknown;
    private long _loggedMs = long.MinValue / 2;

    public TransparentSource(ILogger log)
        : this(log, TimeProvider.System, ReadInterfaces)
    {
    }

    internal TransparentSource(ILogger log, TimeProvider time, Func<IEnumerable<(IPAddress Address, int PrefixLength)>> read)
    {
        _log = log;
        _read = read;
        _timer = time.CreateTimer(static source => ((TransparentSource)source!).Refresh(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        NetworkChange.NetworkAddressChanged += OnAddressChanged;
        // After the subscription: a change in between is then seen by one of the two.
        Refresh();
    }

    /// <summary>Whether a client's endpoint is to be dialled from the client's address. Allocates nothing and takes no lock.</summary>
    public bool Applies(in ClientAddress client, EndpointState endpoint)
    {
        if (!endpoint.OnThisNode || client.IsIPv4 != endpoint.IsIPv4 || IsOfOneHost(client) || _links is not { } links)
        {
            return false;
        }

        ClientAddress server = ClientAddress.From(endpoint.Address);
        return client.Address != server.Address && !links.Share(client.Address, server.Address);
    }

    /// <summary>A client's address could not be bound.</summary>
    public void Failed(in ClientAddress client, string cause)
    {
        long now = Environment.TickCount64;
        long logged = Volatile.Read(ref _loggedMs);
        if (now - logged >= LogMs && Interlocked.CompareExchange(ref _loggedMs, now, logged) == logged)
        {
            EngineLog.TransparentFailed(_log, client.ToIPEndPoint().Address, cause);
        }
    }

    public void Dispose()
    {
        NetworkChange.NetworkAddressChanged -= OnAddressChanged;
        _timer.Dispose();
    }

    /// <summary>
    /// Reads the networks again. When they cannot be read, what was known stays: an exception here would end the process, as the
    /// runtime calls on a thread of its own, and the removal that got in the way is announced, too.
    /// </summary>
    internal void Refresh()
    {
        lock (_gate)
        {
            if (HostInterfaces.TryRead(_read, out (IPAddress Address, int PrefixLength)[]? found, out Exception? failure))
            {
                _links = new Links(found);
                SayKnown();
            }
            else if (_links is not null)
            {
                EngineLog.NetworksUnread(_log, failure.Message);
            }
            else
            {
                SayUnknown(failure.Message);
                _timer.Change(s_retry, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void SayUnknown(string cause)
    {
        if (!_saidUnknown)
        {
            _saidUnknown = true;
            EngineLog.NetworksUnknown(_log, cause);
        }
    }

    private void SayKnown()
    {
        if (_saidUnknown)
        {
            _saidUnknown = false;
            EngineLog.NetworksKnown(_log);
        }
    }

    private void OnAddressChanged(object? sender, EventArgs e) => Refresh();

    private static IEnumerable<(IPAddress Address, int PrefixLength)> ReadInterfaces() =>
        HostInterfaces.UnicastAddresses().Select(a => (a.Address, a.PrefixLength));

    /// <summary>Whether an address means something on one host or one link alone: loopback, and link-local of IPv6, which needs its link.</summary>
    private static bool IsOfOneHost(in ClientAddress client)
    {
        uint v4 = (uint)client.Address;
        return client.IsIPv4 ? v4 >> 24 == 127 : client.Address == UInt128.One || client.Address >> 118 == 0xFE80 >> 6;
    }

    /// <summary>The networks that this host's interfaces are in, and the addresses that they have there.</summary>
    private sealed class Links
    {
        private readonly FrozenSet<UInt128> _own;
        private readonly (UInt128 Network, UInt128 Mask)[] _networks;

        public Links((IPAddress Address, int PrefixLength)[] all)
        {
            _own = all.Select(a => Number(a.Address)).ToFrozenSet();
            _networks = [.. all.Select(a => (Number(a.Address), Mask(a))).Where(n => n.Item2 != UInt128.MaxValue).Select(n => (n.Item1 & n.Item2, n.Item2)).Distinct()];
        }

        /// <summary>
        /// Whether a server answers a client directly: it is this host itself, whose own packets pass no rule for those that come, or a
        /// neighbour of the client on one link, such as Pods on one bridge.
        /// </summary>
        public bool Share(UInt128 client, UInt128 server)
        {
            if (_own.Contains(server))
            {
                return true;
            }

            foreach ((UInt128 network, UInt128 mask) in _networks)
            {
                if ((server & mask) == network && (client & mask) == network)
                {
                    return true;
                }
            }

            return false;
        }

        private static UInt128 Number(IPAddress address) => ClientAddress.From(new IPEndPoint(address, 0)).Address;

        private static UInt128 Mask((IPAddress Address, int PrefixLength) address)
        {
            int bits = address.Address.AddressFamily == AddressFamily.InterNetwork ? address.PrefixLength + 96 : address.PrefixLength;
            return bits == 0 ? UInt128.Zero : UInt128.MaxValue << (128 - bits);
        }
    }
}
