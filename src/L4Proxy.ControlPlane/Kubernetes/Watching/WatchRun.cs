using System.Text.Json;
using L4Proxy.ControlPlane.Kubernetes.Json;

namespace L4Proxy.ControlPlane.Kubernetes.Watching;

/// <summary>One watch, from request to end.</summary>
/// <param name="client">Sends the request.</param>
/// <param name="scope">What is watched.</param>
/// <param name="decoder">Reads the objects.</param>
/// <param name="store">Gets the events.</param>
/// <param name="time">Clock of deadlines.</param>
internal sealed class WatchRun(ApiClient client, ResourceScope scope, ObjectDecoder decoder, ObjectStore store, TimeProvider time)
{
    /// <summary>
    /// A server that shuts down stays silent for a while before it ends its watches, and a busy one ends them late.
    /// </summary>
    private static readonly TimeSpan s_margin = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Silence among the initial events, after which the server is taken for one that has none to send: it has all of
    /// them in memory.
    /// </summary>
    private static readonly TimeSpan s_initialStall = TimeSpan.FromSeconds(10);

    private readonly long _start = time.GetTimestamp();
    private Dictionary<(string Namespace, string Name), DecodedObject>? _initial;
    private string? _lastVersion;
    private TimeSpan _asked;

    /// <summary>State of the store up to which events were seen; null until the initial events are complete.</summary>
    public string? Version { get; private set; }

    /// <summary>Whether the server answered with a stream.</summary>
    public bool Opened { get; private set; }

    /// <summary>Whether any event came, bookmarks too.</summary>
    public bool Delivered { get; private set; }

    /// <summary>Whether the server ended it with an event of type ERROR.</summary>
    public bool EndedByError { get; private set; }

    /// <summary>Called when the server answers with a stream.</summary>
    public Action? OnOpened { get; init; }

    /// <summary>Called once with the first event.</summary>
    public Action? OnDelivered { get; init; }

    /// <summary>How long it lasts.</summary>
    public TimeSpan Lived => time.GetElapsedTime(_start);

    /// <summary>Follows changes from a version on. Returns when the watch has ended, or was silent for too long.</summary>
    /// <exception cref="ApiFailureException">It did not begin or did not end well.</exception>
    public Task FollowAsync(string version, TimeSpan asked, CancellationToken cancellation)
    {
        Version = version;
        return RunAsync($"&resourceVersion={Uri.EscapeDataString(version)}", asked, cancellation);
    }

    /// <summary>Asks for all objects as initial events (KEP-3157), then follows their changes.</summary>
    /// <param name="lastVersion">Where an earlier watch got to; null when there was none.</param>
    /// <param name="asked">How long the server is to keep it open.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="ApiFailureException">It did not begin or did not end well.</exception>
    public Task ListAndFollowAsync(string? lastVersion, TimeSpan asked, CancellationToken cancellation)
    {
        _initial = [];
        _lastVersion = lastVersion;
        return RunAsync("&sendInitialEvents=true&resourceVersionMatch=NotOlderThan", asked, cancellation);
    }

    private async Task RunAsync(string parameters, TimeSpan asked, CancellationToken cancellation)
    {
        _asked = asked;
        string query = $"watch=true{parameters}&allowWatchBookmarks=true&timeoutSeconds={(int)asked.TotalSeconds}";
        await client.GetAsync("watch", query, body => ReadAsync(body, cancellation), cancellation);
    }

    private async Task ReadAsync(Stream body, CancellationToken cancellation)
    {
        Opened = true;
        OnOpened?.Invoke();
        using CancellationTokenSource deadline = new(Left(), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        await using LineReader lines = new(body);
        try
        {
            while (await lines.ReadAsync(either.Token) is { } line)
            {
                if (line.Length > 0)
                {
                    Handle(line.Span);
                    deadline.CancelAfter(Left());
                }
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // Silent for longer than it was to last: as if it had ended.
        }

        if (_initial is not null)
        {
            throw new InvalidDataException("the initial events did not come to their end");
        }
    }

    private TimeSpan Left()
    {
        TimeSpan left = _asked + s_margin - Lived;
        return left < TimeSpan.Zero ? TimeSpan.Zero
            : _initial is not null && left > s_initialStall ? s_initialStall
            : left;
    }

    private void Handle(ReadOnlySpan<byte> line)
    {
        WatchEventType type = WatchEventReader.Read(line, out ReadOnlySpan<byte> json);
        if (type == WatchEventType.Error)
        {
            EndedByError = true;
            ApiStatus? status = JsonSerializer.Deserialize(json, KubernetesJsonContext.Default.ApiStatus);
            throw StatusErrors.Of(status?.Code ?? 0, status, "watch", scope);
        }

        if (!Delivered)
        {
            Delivered = true;
            OnDelivered?.Invoke();
        }

        if (type == WatchEventType.Bookmark)
        {
            Bookmark(decoder.DecodeHeader(json));
        }
        else if (type != WatchEventType.Unknown)
        {
            Apply(type, decoder.Decode(json));
        }
    }

    private void Bookmark(ObjectHeader header)
    {
        if (_initial is null)
        {
            Advance(header.ResourceVersion);
        }
        else if (header.EndsInitialEvents)
        {
            store.Replace(_initial.Values, ResourceVersions.IsNotBefore(header.ResourceVersion, _lastVersion));
            _initial = null;
            Advance(header.ResourceVersion);
        }
    }

    private void Apply(WatchEventType type, DecodedObject decoded)
    {
        if (_initial is not null)
        {
            Collect(_initial, type, decoded);
            return;
        }

        store.Apply(type, decoded);
        Advance(decoded.Header.ResourceVersion);
    }

    /// <summary>Changes may come among the initial events.</summary>
    private static void Collect(
        Dictionary<(string Namespace, string Name), DecodedObject> initial, WatchEventType type, DecodedObject decoded)
    {
        var key = (decoded.Header.Metadata.Namespace, decoded.Header.Metadata.Name);
        if (type == WatchEventType.Deleted)
        {
            initial.Remove(key);
        }
        else
        {
            initial[key] = decoded;
        }
    }

    private void Advance(string version)
    {
        if (version.Length > 0)
        {
            Version = version;
        }
    }
}
