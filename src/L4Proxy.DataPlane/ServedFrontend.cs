using L4Proxy.DataPlane.Engines;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane;

/// <summary>One frontend and its listener, if its address could be bound. Used under the server's gate.</summary>
internal sealed class ServedFrontend(FrontendState state)
{
    private volatile ListenerStatus? _status;
    private IEngineListener? _listener;

    public FrontendEntry Entry => state.Entry;

    /// <summary>Null before the first <see cref="Listen"/>. May be read at any time.</summary>
    public ListenerStatus? Status => _status;

    public bool HasFailed => _status?.Error is not null;

    /// <summary>Whether the socket is one for this frontend, whatever it says of clients.</summary>
    public bool IsFor(FrontendEntry entry) =>
        Entry.Kind == entry.Kind && Entry.Captured == entry.Captured && Entry.Address.Equals(entry.Address);

    /// <summary>Puts what the frontend says of clients in force, from the next client on. The socket is not touched.</summary>
    public void Follow(FrontendEntry entry)
    {
        state.Entry = entry;
        if (_status is { } status)
        {
            _status = status with { Frontend = entry };
        }
    }

    /// <summary>
    /// Binds if that is not done yet, and opens or stops the listener: without an endpoint for any client it refuses. What is
    /// captured has a place in the index in place of a socket.
    /// Returns whether anything came out otherwise than before.
    /// </summary>
    public bool Listen(ServingContext context)
    {
        bool open = Entry.Kind == FrontendKind.Capture || state.HasEndpoints();
        string? error = null;
        try
        {
            _listener ??= Entry.Captured ? context.Captured.Add(state) : context.Engine.Bind(state);
            _listener.SetOpen(open);
        }
        catch (ListenException e)
        {
            open = false;
            error = e.Message;
        }

        if (_status is { } before && before.Open == open && before.Error == error && ReferenceEquals(before.LocalEndPoint, _listener?.LocalEndPoint))
        {
            return false;
        }

        _status = new ListenerStatus(state.Service.Key, Entry, _listener?.LocalEndPoint, open, error);
        return true;
    }

    public ValueTask CloseAsync() => _listener?.CloseAsync() ?? ValueTask.CompletedTask;
}
