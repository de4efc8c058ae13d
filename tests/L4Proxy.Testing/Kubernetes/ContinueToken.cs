using System.Buffers.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace L4Proxy.Testing.Kubernetes;

/// <summary>Where the next part of a list begins, in the form that the API server uses.</summary>
/// <param name="Version">The version of the list; -1 for whatever is there when it is used.</param>
/// <param name="Start">The first key of the next part.</param>
internal sealed record ContinueToken(long Version, string Start)
{
    /// <exception cref="ApiException">Not a token of this server.</exception>
    public static ContinueToken Parse(string text)
    {
        try
        {
            JsonNode json = JsonNode.Parse(Base64Url.DecodeFromChars(text))!;
            return new ContinueToken((long)json["rv"]!, ((string)json["start"]!).TrimStart('/'));
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException or NullReferenceException)
        {
            throw ApiException.BadRequest($"invalid continue token: continue key is not valid: {e.Message}");
        }
    }

    /// <summary>The key after this one: nothing sorts between.</summary>
    public static ContinueToken After(long version, string key) => new(version, key + '\0');

    public override string ToString() => Base64Url.EncodeToString(Bytes.Of(new JsonObject
    {
        ["v"] = "meta.k8s.io/v1",
        ["rv"] = Version,
        ["start"] = Version < 0 ? Start : '/' + Start,
    }.ToJsonString(JsonText.Writing)));
}
