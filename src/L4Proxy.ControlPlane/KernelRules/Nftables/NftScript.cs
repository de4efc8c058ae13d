using System.Text;

namespace L4Proxy.ControlPlane.KernelRules.Nftables;

/// <summary>
/// One transaction in nft's language. Takes changes in any order and writes them so that nothing is used before it is there: sets,
/// chains, what is flushed, elements that go, rules, elements that come, chains that nothing leads to any more.
/// </summary>
internal sealed class NftScript
{
    private readonly StringBuilder _preamble = new();
    private readonly StringBuilder _collections = new();
    private readonly StringBuilder _chains = new();
    private readonly StringBuilder _flushes = new();
    private readonly StringBuilder _rules = new();
    private readonly StringBuilder _unused = new();
    private readonly Dictionary<(string Table, string Collection), List<string>> _going = [];
    private readonly Dictionary<(string Table, string Collection), List<string>> _coming = [];

    public bool IsEmpty =>
        _preamble.Length + _collections.Length + _chains.Length + _flushes.Length + _rules.Length + _unused.Length == 0
        && _going.Count == 0
        && _coming.Count == 0;

    /// <summary>Begins with an empty table, whatever was there; readers of packets see the old one until the whole is in force.</summary>
    /// <param name="table">Family and name.</param>
    public void Replace(string table) => _preamble.Append($"add table {table}\ndelete table {table}\nadd table {table}\n");

    public void FlushRules(string table) => _preamble.Append($"flush table {table}\n");

    public void Flush(string table, string kind, string collection) => _preamble.Append($"flush {kind} {table} {collection}\n");

    public void Add(string table, NftCollection collection) =>
        _collections.Append($"add {collection.Kind} {table} {collection.Name} {{ {collection.Definition} }}\n");

    public void Add(string table, NftChain chain)
    {
        string hook = chain.Hook.Length == 0 ? "" : $" {{ {chain.Hook} policy accept; }}";
        _ = _chains.Append($"add chain {table} {chain.Name}{hook}\n");
        AddRules(table, chain);
    }

    public void Rewrite(string table, NftChain chain)
    {
        _ = _flushes.Append($"flush chain {table} {chain.Name}\n");
        AddRules(table, chain);
    }

    public void Add(string table, NftElement element) => ListOf(_coming, table, element).Add(element.ToString());

    public void Delete(string table, NftElement element) => ListOf(_going, table, element).Add(element.Key);

    /// <summary>Empties a chain that nothing leads to after this transaction, so that it holds no set or chain either.</summary>
    public void Abandon(string table, string chain) => _unused.Append($"flush chain {table} {chain}\n");

    public override string ToString()
    {
        var text = new StringBuilder();
        _ = text.Append(_preamble).Append(_collections).Append(_chains).Append(_flushes);
        Write(text, "delete", _going);
        _ = text.Append(_rules);
        Write(text, "add", _coming);
        return text.Append(_unused).ToString();
    }

    private void AddRules(string table, NftChain chain)
    {
        foreach (NftRule rule in chain.Rules)
        {
            _ = _rules.Append($"add rule {table} {chain.Name} {rule}\n");
        }
    }

    private static List<string> ListOf(Dictionary<(string, string), List<string>> lists, string table, NftElement element)
    {
        (string, string) key = (table, element.Collection);
        if (!lists.TryGetValue(key, out List<string>? list))
        {
            lists.Add(key, list = []);
        }

        return list;
    }

    private static void Write(StringBuilder text, string verb, Dictionary<(string Table, string Collection), List<string>> lists)
    {
        foreach (((string table, string collection), List<string> elements) in lists)
        {
            _ = text.Append($"{verb} element {table} {collection} {{\n");
            foreach (string element in elements)
            {
                _ = text.Append('\t').Append(element).Append(",\n");
            }

            _ = text.Append("}\n");
        }
    }
}
