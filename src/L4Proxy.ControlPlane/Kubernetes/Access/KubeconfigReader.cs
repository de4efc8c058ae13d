using System.Text;
using L4Proxy.ControlPlane.Manifests;
using L4Proxy.ControlPlane.Translation;

namespace L4Proxy.ControlPlane.Kubernetes.Access;

/// <summary>Reads one kubeconfig (v1, Config), YAML or JSON. Fields that are not known are not looked at.</summary>
internal sealed class KubeconfigReader
{
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly string _file;
    private readonly List<Problem> _problems;
    private readonly ObjectContext _context;

    private KubeconfigReader(string file, List<Problem> problems)
    {
        _file = file;
        _problems = problems;
        _context = new ObjectContext(file, null);
    }

    /// <summary>What is in a file; problems are added when it is not to be used.</summary>
    public static Kubeconfig Read(string file, byte[] content, List<Problem> problems)
    {
        KubeconfigReader reader = new(file, problems);
        Kubeconfig config = new();
        if (reader.Compose(content) is { } root)
        {
            reader.ReadRoot(root, config);
            problems.AddRange(reader._context.Problems);
        }

        return config;
    }

    private ManifestNode? Compose(byte[] content)
    {
        try
        {
            ReadOnlySpan<byte> text = content.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? content.AsSpan(Encoding.UTF8.Preamble.Length) : content;
            return YamlComposer.Compose(s_utf8.GetString(text), 1) is [var root, ..] ? root : null;
        }
        catch (DecoderFallbackException)
        {
            Report(0, "is not text in UTF-8");
        }
        catch (ManifestSyntaxException e)
        {
            // The reason may quote what is there, and that may be a password.
            Report(e.Line, "is not well-formed YAML or JSON");
        }

        return null;
    }

    private void ReadRoot(ManifestNode node, Kubeconfig config)
    {
        Field root = new Field(_context, null, node, node.Line);
        if (node is not ManifestMapping)
        {
            root.Error("must be a kubeconfig: a mapping with clusters, users and contexts");
            return;
        }

        root["apiVersion"].OneOf("v1");
        root["kind"].OneOf("Config");
        ReadEntries(root["clusters"], "cluster", config.Clusters);
        ReadEntries(root["users"], "user", config.Users);
        ReadEntries(root["contexts"], "context", config.Contexts);
        config.CurrentContext = root["current-context"].String() is { Length: > 0 } name ? name : null;
    }

    private void ReadEntries(Field list, string kind, Dictionary<string, KubeconfigEntry> entries)
    {
        list.Objects(item =>
        {
            string name = item["name"].String() ?? "";
            Field value = item[kind];
            KubeconfigEntry entry = new(_file, Shown.Text($"{kind} {name}"), value.Node, value.Line);
            if (!entries.TryAdd(name, entry))
            {
                item["name"].Error($"there are two {kind}s named '{Shown.Text(name)}'");
            }

            return entry;
        });
    }

    private void Report(int line, string message) =>
        _problems.Add(new Problem { Severity = ProblemSeverity.Error, Message = message, File = _file, Line = line });
}
