using System.Text.Json;
using L4Proxy.ControlPlane.Kubernetes.Watching;
using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Kubernetes.Json;

/// <summary>
/// JSON of one object to its record. An object that is not as the API defines it fails alone. For one thread at a time.
/// </summary>
internal sealed class ObjectDecoder
{
    private readonly ResourceKind _kind;
    private readonly ObjectHeaderReader _headers;
    private readonly KubernetesJsonContext _context;

    public ObjectDecoder(ResourceKind kind)
    {
        StringPool pool = new();
        _kind = kind;
        _headers = new ObjectHeaderReader(pool);
        JsonSerializerOptions options = new(KubernetesJsonContext.Default.Options)
        {
            Converters =
            {
                new PooledStringConverter(pool),
                new StringListConverter(pool),
                new IntOrStringConverter(),
                new SkippedMetadataConverter(),
            },
        };
        _context = new KubernetesJsonContext(options);
    }

    /// <summary>Reads only what an object says about itself, as in a bookmark.</summary>
    public ObjectHeader DecodeHeader(ReadOnlySpan<byte> json) => _headers.Read(json, out _);

    /// <summary>Reads an object.</summary>
    /// <param name="json">One JSON value, well-formed.</param>
    public DecodedObject Decode(ReadOnlySpan<byte> json)
    {
        ObjectHeader header = _headers.Read(json, out string? mistake);
        if (mistake is null && header.Metadata.Name.Length == 0)
        {
            mistake = "metadata.name";
        }

        IKubernetesObject? value = null;
        try
        {
            value = mistake is null ? Deserialize(json, header.Metadata) : null;
            if (value is not null)
            {
                mistake = NullItems.Find(value);
            }
        }
        catch (JsonException e)
        {
            mistake = Key(e.Path);
        }

        return new DecodedObject(header, mistake is null ? value : null, mistake);
    }

    /// <summary><c>$.spec.ports[0].port</c> as problems show it.</summary>
    private static string Key(string? path) => path is ['$', '.', .. string rest] ? rest : "";

    private IKubernetesObject? Deserialize(ReadOnlySpan<byte> json, ObjectMeta metadata) => _kind.Kind switch
    {
        "Service" => JsonSerializer.Deserialize(json, _context.Service)! with { Metadata = metadata },
        "EndpointSlice" => JsonSerializer.Deserialize(json, _context.EndpointSlice)! with { Metadata = metadata },
        _ => JsonSerializer.Deserialize(json, _context.Node)! with { Metadata = metadata },
    };
}
