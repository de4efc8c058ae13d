using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace L4Proxy.Cli.Table;

/// <summary>Serialization of <see cref="TableDocument"/> without reflection.</summary>
[JsonSerializable(typeof(TableDocument))]
internal sealed partial class TableJson : JsonSerializerContext
{
    private static readonly TableJson s_context = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        // Goes to a file or a terminal, never into HTML, so quotes in messages stay readable.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    public static string Write(TableDocument document) => JsonSerializer.Serialize(document, s_context.TableDocument);
}
