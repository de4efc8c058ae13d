using L4Proxy.DataPlane.Engines;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane;

/// <summary>One frontend and its listener, if its address could be bound. Used under the server's gate.</summary>
internal sealed class ServedFrontend(FrontendEntry entry)
{
    private bool _open;
    private string? _error;

    public FrontendEntry Entry => entry;

    public IEngineListener? Listener { get; private set; }

    public void Listen(IProxyEngine engine, ServiceState service, bool open)
    {
        try
        {
            Listener ??= engine.Bind(entry.Address, service);
            Listener.SetOpen(open);
            _open = open;
            _error = null;
        }
        catch (ListenException e)
        {
            _open = false;
            _error = e.Message;
        }
    }

    public ListenerStatus Status(ServicePortKey service) => new(service, entry, Listener?.LocalEndPoint, _open, _error);
}
