using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>
/// The addresses that the operating system says it has: read when made, and again when it announces a change (netlink
/// on Linux).
/// </summary>
public sealed class SystemHostAddresses : IHostAddresses, IDisposable
{
    private readonly Lock _gate = new();
    private readonly SocketAddressProbe _probe;
    private ImmutableArray<IPAddress> _all;

    public SystemHostAddresses(TimeProvider time)
    {
        _probe = new SocketAddressProbe(time);
        NetworkChange.NetworkAddressChanged += OnAddressChanged;
        // After the subscription: a change in between is then seen by one of the two.
        _all = Read();
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

    private void OnAddressChanged(object? sender, EventArgs e)
    {
        lock (_gate)
        {
            ImmutableArray<IPAddress> now = Read();
            if (now.AsSpan().SequenceEqual(_all.AsSpan()))
            {
                return;
            }

            _all = now;
        }

        Changed?.Invoke(this, EventArgs.Empty);
    }

    private static ImmutableArray<IPAddress> Read()
    {
        HashSet<IPAddress> addresses = [];
        foreach (NetworkInterface nic in NetworkInterface.GetAllNetworkInterfaces())
        {
            // Loopback reports an unknown state on Linux.
            if (nic.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown)
            {
                addresses.UnionWith(nic.GetIPProperties().UnicastAddresses.Select(a => a.Address).Where(a => !a.IsIPv6LinkLocal));
            }
        }

        return [.. addresses.Select(a => new IPEndPoint(a, 0)).Order(AddressOrder.Instance).Select(e => e.Address)];
    }
}
