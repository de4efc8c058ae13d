namespace L4Proxy.ControlPlane.KernelRules.Nftables;

/// <summary>One line for each thing that a table holds, by which a plan and a listing are compared.</summary>
internal static class TableLines
{
    public static string Chain(string name) => $"chain {name}";

    public static string Rule(string chain, string comment) => $"chain {chain}: {comment}";

    public static string Collection(string kind, string name) => $"{kind} {name}";

    public static string Element(string collection, string key, string value) =>
        value.Length == 0 ? $"{collection}: {key}" : $"{collection}: {key} : {value}";

    public static IEnumerable<string> Of(NftObjects objects) =>
    [
        .. objects.Collections.Select(c => Collection(c.Kind, c.Name)),
        .. objects.Chains.Select(c => Chain(c.Name)),
        .. objects.Chains.SelectMany(c => c.Rules.Select(r => Rule(c.Name, NftText.Comment(r.Comment)))),
        .. objects.Elements.Select(e => Element(e.Collection, e.Key, e.Value)),
    ];
}
