using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;
using L4Proxy.DataPlane;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>
/// The addresses that the operating system says it has: read when made, and again when it announces a change (netlink
/// on Linux).
/// </summary>
public sealed class SystemHostAddresses : IHostAddresses, IDisposable
{
    private readonly Lock _gate = new();
    private readonly Func<IEnumerable<IPAddress>> _read;
    private readonly SocketAddressProbe _probe;
    private ImmutableArray<IPAddress> _all;

    public SystemHostAddresses(TimeProvider time)
        : this(time, ReadInterfaces)
    {
    }

    internal SystemHostAddresses(TimeProvider time, Func<IEnumerable<IPAddress>> read)
    {
        _read = read;
        _probe = new SocketAddressProbe(time);
        NetworkChange.NetworkAddressChanged += OnAddressChanged;
        // After the subscription: a change in between is then seen by one of the two, and the newer reading counts.
        lock (_gate)
        {
            _all = TryRead() ?? [];
        }
    }

    /// <inheritdoc/>
    public event EventHandler? Changed;

    /// <inheritdoc/>
    public ImmutableArray<IPAddress> All
    {
        get
        {
            lock (_gate)
            {
                return _all;
            }
        }
    }

    /// <inheritdoc/>
    public bool CanBind(IPAddress address) => _probe.CanBind(address);

    /// <inheritdoc/>
    public bool IsFree(IPEndPoint address) => _probe.IsFree(address);

    public void Dispose() => NetworkChange.NetworkAddressChanged -= OnAddressChanged;

    /// <summary>Reads the addresses again. An exception here would end the process: the runtime calls on a thread of its own.</summary>
    internal void Refresh()
    {
        lock (_gate)
        {
            if (TryRead() is not { } now || now.AsSpan().SequenceEqual(_all.AsSpan()))
            {
                return;
            }

            _all = now;
        }

        Changed?.Invoke(this, EventArgs.Empty);
    }

    private void OnAddressChanged(object? sender, EventArgs e) => Refresh();

    /// <summary>Null when they cannot be read: what was known stays, and the removal that got in the way is announced, too.</summary>
    private ImmutableArray<IPAddress>? TryRead() => HostInterfaces.TryRead(_read, out IPAddress[]? found, out _)
        ? [.. found.Distinct().Select(a => new IPEndPoint(a, 0)).Order(AddressOrder.Instance).Select(e => e.Address)]
        : null;

    private static IEnumerable<IPAddress> ReadInterfaces()
    {
        foreach (NetworkInterface nic in NetworkInterface.GetAllNetworkInterfaces())
        {
            // Loopback reports an unknown state on Linux.
            if (nic.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown)
            {
                foreach (UnicastIPAddressInformation unicast in nic.GetIPProperties().UnicastAddresses)
                {
                    if (!unicast.Address.IsIPv6LinkLocal)
                    {
                        yield return unicast.Address;
                    }
                }
            }
        }
    }
}
