using System.Collections.Immutable;
using System.Text.Json;

namespace L4Proxy.ControlPlane.KernelRules.Nftables;

/// <summary>
/// Reads listings that <c>nft -j</c> makes (libnftables-json(5)): every one is an object with an array of objects of one member each.
/// </summary>
internal static class NftListing
{
    /// <summary>The listing of nothing.</summary>
    public const string Empty = """{"nftables":[]}""";

    /// <summary>Names of chains, sets and maps of a table; null when the table has no chain, as a table of ours always has.</summary>
    /// <param name="family"><c>ip</c> or <c>ip6</c>.</param>
    /// <param name="table">Name of the table.</param>
    /// <param name="listings">Of chains, of sets and of maps.</param>
    public static TableNames? NamesOf(string family, string table, params IEnumerable<string> listings)
    {
        var chains = ImmutableHashSet.CreateBuilder<string>(StringComparer.Ordinal);
        var collections = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        var filled = ImmutableHashSet.CreateBuilder<string>(StringComparer.Ordinal);
        foreach ((string kind, JsonElement value) in listings.SelectMany(Objects).Where(o => IsOf(o.Value, family, table)))
        {
            string name = Text(value, "name");
            if (kind == "chain")
            {
                _ = chains.Add(name);
            }
            else if (kind is "set" or "map")
            {
                collections[name] = kind;
                _ = value.TryGetProperty("timeout", out _) && filled.Add(name);
            }
        }

        return chains.Count == 0 ? null : new TableNames(chains.ToImmutable(), collections.ToImmutable(), filled.ToImmutable());
    }

    /// <summary>Lines that tell what a table holds: chains, their rules by comment, sets and maps, their elements.</summary>
    public static IEnumerable<string> LinesOf(string family, string table, string listing)
    {
        foreach ((string kind, JsonElement value) in Objects(listing).Where(o => IsOf(o.Value, family, table)))
        {
            switch (kind)
            {
                case "chain":
                    yield return TableLines.Chain(Text(value, "name"));
                    break;
                case "rule":
                    yield return TableLines.Rule(Text(value, "chain"), Text(value, "comment"));
                    break;
                case "set" or "map":
                    foreach (string line in CollectionLines(kind, value))
                    {
                        yield return line;
                    }

                    break;
                default:
                    break;
            }
        }
    }

    private static IEnumerable<string> CollectionLines(string kind, JsonElement collection)
    {
        string name = Text(collection, "name");
        yield return TableLines.Collection(kind, name);
        bool isDynamic = collection.TryGetProperty("timeout", out _);
        if (!isDynamic && collection.TryGetProperty("elem", out JsonElement elements))
        {
            foreach (JsonElement element in elements.EnumerateArray())
            {
                yield return kind == "map"
                    ? TableLines.Element(name, Value(element[0]), Value(element[1]))
                    : TableLines.Element(name, Value(element), "");
            }
        }
    }

    /// <summary>An expression as nft's own language has it: text, a number, a concatenation, a verdict, or a key with a comment.</summary>
    private static string Value(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            return value.ToString();
        }

        JsonProperty only = value.EnumerateObject().First();
        return only.Name switch
        {
            "concat" => string.Join(" . ", only.Value.EnumerateArray().Select(Value)),
            "elem" => Value(only.Value.GetProperty("val")),
            "goto" or "jump" => $"{only.Name} {Text(only.Value, "target")}",
            "prefix" => $"{Text(only.Value, "addr")}/{Text(only.Value, "len")}",
            _ => only.Name,
        };
    }

    private static IEnumerable<(string Kind, JsonElement Value)> Objects(string listing)
    {
        JsonElement[] objects;
        try
        {
            using var document = JsonDocument.Parse(listing);
            objects = [.. document.RootElement.GetProperty("nftables").EnumerateArray().Select(o => o.Clone())];
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new RulesException($"nft: its listing is not what libnftables-json(5) says: {e.Message}", e);
        }

        return objects.SelectMany(o => o.EnumerateObject()).Select(p => (p.Name, p.Value));
    }

    private static bool IsOf(JsonElement value, string family, string table) =>
        value.ValueKind == JsonValueKind.Object && Text(value, "family") == family && Text(value, "table") == table;

    private static string Text(JsonElement value, string member) =>
        value.TryGetProperty(member, out JsonElement text) ? text.ToString() : "";
}
