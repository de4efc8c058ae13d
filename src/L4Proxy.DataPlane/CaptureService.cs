using System.Collections.Immutable;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane;

/// <summary>
/// The capture listeners of a table as one more Service port, which has no endpoints: what binds, retries, reports and counts
/// listeners then does so for these too, and a connection that belongs to no Service is counted here. Used under the server's gate.
/// </summary>
internal sealed class CaptureService
{
    private ServiceEntry? _entry;

    /// <summary>No Service of a cluster is without a namespace.</summary>
    public static ServicePortKey Key { get; } = new("", "capture", "", ServiceProtocol.Tcp);

    /// <summary>The Service ports of a table in its order, with this one; the same entry for the same listeners.</summary>
    public ImmutableArray<ServiceEntry> AddTo(ServiceTable table)
    {
        if (table.CaptureListeners.IsDefaultOrEmpty)
        {
            _entry = null;
            return table.Services;
        }

        ServiceEntry entry = new()
        {
            Key = Key,
            Frontends = [.. table.CaptureListeners.Select(a => new FrontendEntry(a, FrontendKind.Capture))],
            Endpoints = [],
            Options = new ServiceOptions { Tcp = InheritedOptions(table) },
        };
        if (_entry is null || !_entry.Frontends.SequenceEqual(entry.Frontends) || _entry.Options.Tcp != entry.Options.Tcp)
        {
            _entry = entry;
        }

        int at = 0;
        while (at < table.Services.Length && table.Services[at].Key < Key)
        {
            at++;
        }

        return table.Services.Insert(at, _entry);
    }

    /// <summary>
    /// The socket options that a client has from its handshake on. Most Services have those of the configuration: it is likely that the
    /// first one does, and every client of a Service with the same ones costs no system call for them.
    /// </summary>
    private static TcpOptions InheritedOptions(ServiceTable table)
    {
        foreach (ServiceEntry entry in table.Services)
        {
            if (entry.Frontends.Any(f => f.Captured))
            {
                return entry.Options.Tcp;
            }
        }

        return new TcpOptions();
    }
}
