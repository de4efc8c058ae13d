using L4Proxy.ControlPlane.Translation;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace L4Proxy.ControlPlane.Manifests;

/// <summary>
/// Builds the values of YAML documents (JSON is YAML, too) from the parser's events. In place of the library's own
/// object model, because that accepts what must be refused here: keys written twice, aliases that refer to
/// themselves, and aliases that stand for billions of nodes.
/// </summary>
internal sealed class YamlComposer
{
    /// <summary>Deeper than any object of the API; custom resource definitions nest schemas to about 60.</summary>
    public const int MaxDepth = 200;

    /// <summary>Nodes in a document with all aliases expanded: what the largest file allowed can hold without any.</summary>
    public const long MaxNodes = 4 * 1024 * 1024;

    private const string StringTag = "tag:yaml.org,2002:str";

    private readonly Parser _parser;
    private readonly int _lineOffset;
    private readonly Dictionary<AnchorName, ManifestNode?> _anchors = [];
    private long _nodes;

    private YamlComposer(string text, int firstLine)
    {
        _parser = new Parser(new Scanner(new StringReader(text), skipComments: true));
        _lineOffset = firstLine - 1;
    }

    /// <summary>All documents in the text, those left out that hold nothing.</summary>
    /// <param name="text">YAML without a byte order mark.</param>
    /// <param name="firstLine">1-based line of the text in its file.</param>
    /// <exception cref="ManifestSyntaxException">The text is not well-formed, or too deep, or too large.</exception>
    public static IReadOnlyList<ManifestNode> Compose(string text, int firstLine)
    {
        YamlComposer composer = new(text, firstLine);
        try
        {
            return composer.ReadStream();
        }
        catch (YamlException e)
        {
            int line = firstLine - 1 + (int)Math.Max(1, e.Start.Line);
            throw new ManifestSyntaxException($"not well-formed: {Shown.Message(e.Message)}", line);
        }
        catch (Exception e) when (e is not (ManifestSyntaxException or OutOfMemoryException))
        {
            // The library documents no other exception; a slip of its own must not be the end of the program.
            throw new ManifestSyntaxException($"not well-formed: {Shown.Message(e.Message)}", firstLine);
        }
    }

    private List<ManifestNode> ReadStream()
    {
        List<ManifestNode> documents = [];
        while (_parser.MoveNext())
        {
            if (_parser.Current is DocumentStart)
            {
                // Anchors belong to their document.
                _anchors.Clear();
                _nodes = 0;
                Next();
                ManifestNode root = ReadNode(0);
                if (root is not ManifestScalar { IsNull: true })
                {
                    documents.Add(root);
                }
            }
        }

        return documents;
    }

    /// <summary>Reads the node at the current event and leaves the parser at its last one.</summary>
    private ManifestNode ReadNode(int depth)
    {
        ParsingEvent at = _parser.Current!;
        int line = Line(at);
        if (depth > MaxDepth)
        {
            throw new ManifestSyntaxException($"nested deeper than {MaxDepth} levels", line);
        }

        if (at is AnchorAlias alias)
        {
            return Count(Resolve(alias.Value, line), line);
        }

        if (at is not NodeEvent node)
        {
            throw new ManifestSyntaxException("not well-formed: a value is missing", line);
        }

        if (!node.Anchor.IsEmpty)
        {
            // Known and unfinished until the node is complete.
            _anchors[node.Anchor] = null;
        }

        ManifestNode result = at switch
        {
            Scalar scalar => Count(new ManifestScalar(scalar.Value, IsPlain(scalar), line), line),
            SequenceStart => ReadSequence(depth, line),
            _ => ReadMapping(depth, line),
        };
        if (!node.Anchor.IsEmpty)
        {
            _anchors[node.Anchor] = result;
        }

        return result;
    }

    private ManifestSequence ReadSequence(int depth, int line)
    {
        List<ManifestNode> items = [];
        long size = 1;
        while (Next() is not SequenceEnd)
        {
            ManifestNode item = ReadNode(depth + 1);
            items.Add(item);
            size += item.Size;
        }

        return new ManifestSequence(items, line, size);
    }

    private ManifestMapping ReadMapping(int depth, int line)
    {
        OrderedDictionary<string, ManifestNode> entries = new(StringComparer.Ordinal);
        List<ManifestNode> merged = [];
        long size = 1;
        while (Next() is not MappingEnd)
        {
            if (_parser.Current is not Scalar key)
            {
                throw new ManifestSyntaxException("a key must be a single value", Line(_parser.Current!));
            }

            int keyLine = Line(key);
            Next();
            ManifestNode value = ReadNode(depth + 1);
            size += value.Size;
            if (key is { Value: "<<", Style: ScalarStyle.Plain })
            {
                merged.Add(value);
            }
            else if (!entries.TryAdd(key.Value, value))
            {
                throw new ManifestSyntaxException($"key '{Shown.Text(key.Value)}' is written twice", keyLine);
            }
        }

        merged.ForEach(source => Merge(entries, source));
        return new ManifestMapping(entries, line, size);
    }

    /// <summary>The merge key of YAML 1.1, which kubectl knows: entries that are not written here come from there.</summary>
    private static void Merge(OrderedDictionary<string, ManifestNode> entries, ManifestNode source)
    {
        IReadOnlyList<ManifestNode> sources = source is ManifestSequence sequence ? sequence.Items : [source];
        foreach (ManifestNode item in sources)
        {
            if (item is not ManifestMapping mapping)
            {
                throw new ManifestSyntaxException($"the merge key << needs a mapping or a list of mappings, not {item.What}", item.Line);
            }

            foreach ((string key, ManifestNode value) in mapping.Entries)
            {
                entries.TryAdd(key, value);
            }
        }
    }

    private ManifestNode Resolve(AnchorName anchor, int line) =>
        !_anchors.TryGetValue(anchor, out ManifestNode? target)
            ? throw new ManifestSyntaxException($"alias *{Shown.Text(anchor.Value)} has no anchor before it", line)
            : target ?? throw new ManifestSyntaxException($"alias *{Shown.Text(anchor.Value)} is inside what it stands for", line);

    /// <summary>Adds a leaf or an alias to the document's size. Collections are the sum of what is in them.</summary>
    private ManifestNode Count(ManifestNode node, int line)
    {
        _nodes += node.Size;
        return _nodes <= MaxNodes
            ? node
            : throw new ManifestSyntaxException($"more than {MaxNodes} values with all aliases expanded", line);
    }

    private ParsingEvent Next() => _parser.MoveNext() && _parser.Current is { } current
        ? current
        : throw new ManifestSyntaxException("not well-formed: the document ends too early", _lineOffset + 1);

    private int Line(ParsingEvent at) => _lineOffset + (int)at.Start.Line;

    private static bool IsPlain(Scalar scalar) =>
        scalar.Style == ScalarStyle.Plain && (scalar.Tag.IsEmpty || scalar.Tag.IsNonSpecific || scalar.Tag.Value != StringTag);
}
