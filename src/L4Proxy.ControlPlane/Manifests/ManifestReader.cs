using System.Collections.Immutable;
using System.Text;
using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Manifests;

/// <summary>
/// Reads one file of Kubernetes objects, YAML or JSON. Fields that translation does not use are not looked at: they
/// are the API's business.
/// </summary>
/// <param name="file">The file as the user named it.</param>
internal sealed class ManifestReader(string file)
{
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ImmutableArray<IKubernetesObject>.Builder _objects = ImmutableArray.CreateBuilder<IKubernetesObject>();
    private readonly ImmutableArray<Problem>.Builder _problems = ImmutableArray.CreateBuilder<Problem>();
    private readonly ImmutableHashSet<ObjectId>.Builder _broken = ImmutableHashSet.CreateBuilder<ObjectId>();
    private bool _isComplete = true;

    public static ManifestContent Read(string file, ReadOnlySpan<byte> content)
    {
        ManifestReader reader = new(file);
        if (Decode(content) is { } text)
        {
            reader.ReadStream(text);
        }
        else
        {
            reader.Unidentified(0, "is not text in UTF-8");
        }

        return new ManifestContent
        {
            Objects = reader._objects.ToImmutable(),
            Broken = reader._broken.ToImmutable(),
            IsComplete = reader._isComplete,
            Problems = reader._problems.ToImmutable(),
        };
    }

    private static string? Decode(ReadOnlySpan<byte> content)
    {
        try
        {
            return s_utf8.GetString(content.StartsWith(Encoding.UTF8.Preamble) ? content[Encoding.UTF8.Preamble.Length..] : content);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private void ReadStream(string text)
    {
        foreach ((int firstLine, string part) in DocumentSplitter.Split(text))
        {
            try
            {
                foreach (ManifestNode document in YamlComposer.Compose(part, firstLine))
                {
                    ReadDocument(document);
                }
            }
            catch (ManifestSyntaxException e)
            {
                Unidentified(e.Line, e.Message);
            }
        }
    }

    private void ReadDocument(ManifestNode document)
    {
        (string? apiVersion, string? kind) = ReadType(document, default);
        if (apiVersion is null || kind is null)
        {
            return;
        }

        ObjectKind? itemKind = ObjectKind.OfList(apiVersion, kind);
        if (itemKind is null && (apiVersion, kind) is not ("v1", "List"))
        {
            ReadObject(document, apiVersion, kind);
            return;
        }

        ObjectContext context = new(file, kind);
        List<ManifestNode> items = new Field(context, null, document, document.Line)["items"].List(item => item.Node!);
        Take(context);
        foreach (ManifestNode item in items)
        {
            (apiVersion, kind) = ReadType(item, (itemKind?.ApiVersion, itemKind?.Name));
            if (apiVersion is not null && kind is not null)
            {
                ReadObject(item, apiVersion, kind);
            }
        }
    }

    /// <summary>apiVersion and kind; those given where they are missing, as in the items of a list from the API server.</summary>
    private (string? ApiVersion, string? Kind) ReadType(ManifestNode node, (string? ApiVersion, string? Kind) missing)
    {
        if (node is not ManifestMapping)
        {
            Unidentified(node.Line, $"must be an object with apiVersion and kind, is {node.What}");
            return default;
        }

        ObjectContext context = new(file, null);
        Field root = new(context, null, node, node.Line);
        string? apiVersion = root["apiVersion"].String() ?? missing.ApiVersion;
        string? kind = root["kind"].String() ?? missing.Kind;
        if (context.Problems.Count == 0 && (apiVersion is null || kind is null))
        {
            root[kind is null ? "kind" : "apiVersion"].Error("missing; every object needs apiVersion and kind");
        }

        return Take(context) ? (apiVersion, kind) : default;
    }

    private void ReadObject(ManifestNode node, string apiVersion, string kindName)
    {
        MetadataReader identity = MetadataReader.Identify(file, kindName, node);
        if (ObjectKind.Of(apiVersion, kindName) is not { } kind)
        {
            _problems.Add(new Problem
            {
                Severity = ProblemSeverity.Note,
                Message = $"ignored: {ObjectKind.Advice(apiVersion, kindName)}",
                File = file,
                Line = node.Line,
                Object = identity.Display,
            });
            return;
        }

        identity.CheckName(kind);
        if (!Take(identity.Context))
        {
            return;
        }

        IKubernetesObject value = kind.Read(identity.Root, identity.ReadMetadata(keepsLines: kind.Name == "Service"));
        if (identity.Context.Problems.Count == 0)
        {
            _objects.Add(value);
        }
        else
        {
            _problems.AddRange(identity.Context.Problems);
            _broken.Add(identity.Id);
        }
    }

    /// <summary>Takes over the problems of something without an identity; false when there are any.</summary>
    private bool Take(ObjectContext context)
    {
        _problems.AddRange(context.Problems);
        _isComplete &= context.Problems.Count == 0;
        return context.Problems.Count == 0;
    }

    private void Unidentified(int line, string message)
    {
        _isComplete = false;
        _problems.Add(new Problem { Severity = ProblemSeverity.Error, Message = message, File = file, Line = line });
    }
}
