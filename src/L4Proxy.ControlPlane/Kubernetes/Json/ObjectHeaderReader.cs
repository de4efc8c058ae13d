using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using L4Proxy.ControlPlane.Settings;
using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Kubernetes.Json;

/// <summary>
/// Reads the metadata of an object, also of one whose other fields are wrong. Labels and annotations that nobody
/// reads are left out: the largest ones, such as kubectl's last-applied-configuration, are among them.
/// </summary>
/// <param name="pool">Holds names that repeat.</param>
internal sealed class ObjectHeaderReader(StringPool pool)
{
    private const string InitialEventsEnd = "k8s.io/initial-events-end";
    private const string LastChangeTriggerTime = "endpoints.kubernetes.io/last-change-trigger-time";

    private static readonly FrozenSet<string> s_keptLabels = FrozenSet.ToFrozenSet(
        [
            EndpointSlice.ServiceNameLabel,
            "service.kubernetes.io/service-proxy-name",
            "service.kubernetes.io/headless",
            "topology.kubernetes.io/zone",
        ],
        StringComparer.Ordinal);

    /// <summary>What could be read up to the first mistake.</summary>
    /// <param name="json">One JSON object.</param>
    /// <param name="mistake">Path to the field that is not as the API defines it; null when there is none.</param>
    public ObjectHeader Read(ReadOnlySpan<byte> json, out string? mistake)
    {
        Draft draft = new();
        mistake = null;
        try
        {
            Utf8JsonReader reader = new(json);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                mistake = "";
            }
            else
            {
                mistake = FindMetadata(ref reader) ? ReadMetadata(ref reader, draft) : "metadata";
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Text that is not UTF-8 is an InvalidOperationException.
            mistake = draft.Path;
        }

        return draft.ToHeader();
    }

    private static bool FindMetadata(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool found = reader.Is("metadata"u8);
            reader.Read();
            if (found)
            {
                return reader.TokenType == JsonTokenType.StartObject;
            }

            reader.Skip();
        }

        return false;
    }

    private string? ReadMetadata(ref Utf8JsonReader reader, Draft draft)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.Is("name"u8))
            {
                draft.Name = Text(ref reader, draft, "metadata.name");
            }
            else if (reader.Is("namespace"u8))
            {
                draft.Namespace = Text(ref reader, draft, "metadata.namespace");
            }
            else if (reader.Is("resourceVersion"u8))
            {
                draft.ResourceVersion = Text(ref reader, draft, "metadata.resourceVersion");
            }
            else if (reader.Is("deletionTimestamp"u8))
            {
                draft.DeletionTimestamp = Text(ref reader, draft, "metadata.deletionTimestamp");
            }
            else if (reader.Is("labels"u8))
            {
                ReadMap(ref reader, draft, "metadata.labels", Label);
            }
            else if (reader.Is("annotations"u8))
            {
                ReadMap(ref reader, draft, "metadata.annotations", Annotation);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        return null;
    }

    private string Text(ref Utf8JsonReader reader, Draft draft, string path)
    {
        draft.Path = path;
        reader.Read();
        string text = reader.TokenType == JsonTokenType.Null ? "" : reader.Pooled(pool);
        draft.Path = "metadata";
        return text;
    }

    private void ReadMap(ref Utf8JsonReader reader, Draft draft, string path, Action<Draft, string, string> add)
    {
        draft.Path = path;
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            draft.Path = "metadata";
            return;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException();
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.HasValueSequence || reader.ValueIsEscaped ? reader.GetString()! : pool.Get(reader.ValueSpan);
            reader.Read();
            if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Null))
            {
                throw new JsonException();
            }

            if (reader.TokenType == JsonTokenType.String && IsRead(name))
            {
                add(draft, name, reader.Pooled(pool));
            }
        }

        draft.Path = "metadata";
    }

    private static bool IsRead(string name) => s_keptLabels.Contains(name)
        || name is InitialEventsEnd or LastChangeTriggerTime
        || name.StartsWith(ServiceSettings.AnnotationPrefix, StringComparison.Ordinal);

    private static void Label(Draft draft, string name, string value) => draft.Labels[name] = value;

    private static void Annotation(Draft draft, string name, string value)
    {
        if (name == InitialEventsEnd)
        {
            draft.EndsInitialEvents = value == "true";
        }
        else if (name == LastChangeTriggerTime)
        {
            draft.Triggered = DateTimeOffset.TryParse(
                value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) ? time : null;
        }
        else
        {
            draft.Annotations[name] = value;
        }
    }

    private sealed class Draft
    {
        private Dictionary<string, string>? _labels;
        private Dictionary<string, string>? _annotations;

        /// <summary>What is being read.</summary>
        public string Path { get; set; } = "metadata";

        public string Name { get; set; } = "";

        public string Namespace { get; set; } = "";

        public string ResourceVersion { get; set; } = "";

        public string? DeletionTimestamp { get; set; }

        public bool EndsInitialEvents { get; set; }

        public DateTimeOffset? Triggered { get; set; }

        public Dictionary<string, string> Labels => _labels ??= new(StringComparer.Ordinal);

        public Dictionary<string, string> Annotations => _annotations ??= new(StringComparer.Ordinal);

        public ObjectHeader ToHeader() => new(
            new ObjectMeta
            {
                Name = Name,
                Namespace = Namespace,
                Labels = _labels,
                Annotations = _annotations,
                DeletionTimestamp = DeletionTimestamp is { Length: > 0 } ? DeletionTimestamp : null,
            },
            ResourceVersion)
        {
            EndsInitialEvents = EndsInitialEvents,
            Triggered = Triggered,
        };
    }
}
