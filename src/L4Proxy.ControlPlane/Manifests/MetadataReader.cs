using L4Proxy.ControlPlane.Translation;
using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Manifests;

/// <summary>Reads an object's metadata: first who it is, so that everything else that is wrong can be said of it.</summary>
internal sealed class MetadataReader
{
    private const string DefaultNamespace = "default";

    private MetadataReader(ObjectContext context, ManifestNode node, ObjectId id, string display)
    {
        Context = context;
        Root = new Field(context, null, node, node.Line);
        Id = id;
        Display = display;
    }

    public ObjectContext Context { get; }

    public Field Root { get; }

    public ObjectId Id { get; }

    /// <summary>The object as problems call it.</summary>
    public string Display { get; }

    public static MetadataReader Identify(string file, string kind, ManifestNode node)
    {
        // Read once for the name under which mistakes are reported, and once more by CheckName to report them.
        Field metadata = new Field(new ObjectContext(file, null), null, node, node.Line)["metadata"];
        string space = !ObjectKind.IsNamespaced(kind) ? ""
            : metadata["namespace"].String() is { Length: > 0 } text ? text
            : DefaultNamespace;
        ObjectId id = new(kind, space, metadata["name"].String() ?? "");
        string display = Shown.Text(id.Name.Length > 0 ? id.ToString() : kind);
        return new MetadataReader(new ObjectContext(file, display), node, id, display);
    }

    public void CheckName(ObjectKind kind)
    {
        Field metadata = Root["metadata"].Check();
        Field name = metadata["name"];
        Field space = metadata["namespace"];
        if (name.String() is not { Length: > 0 } text)
        {
            if (Context.Problems.Count == 0)
            {
                name.Error($"missing; a name is {kind.NameRule}");
            }
        }
        else if (!kind.IsName(text))
        {
            name.Error($"'{Shown.Text(text)}' is not allowed; allowed is {kind.NameRule}");
        }

        if (kind.HasNamespace && space.String() is { Length: > 0 } && !KubernetesNames.IsLabel(Id.Namespace))
        {
            space.Error($"'{Shown.Text(Id.Namespace)}' is not allowed; allowed is {KubernetesNames.LabelRule}");
        }
    }

    /// <summary>Reads what is left when the name is in order.</summary>
    /// <param name="keepsLines">Whether lines are remembered for the rest of the object, too.</param>
    public ObjectMeta ReadMetadata(bool keepsLines)
    {
        Context.RemembersLines = true;
        Field metadata = Root["metadata"];
        ObjectMeta result = new()
        {
            Name = Id.Name,
            Namespace = Id.Namespace,
            Labels = metadata["labels"].Strings(),
            Annotations = metadata["annotations"].Strings(),
            DeletionTimestamp = metadata["deletionTimestamp"].String(),
            Origin = Context.Origin(Root.Line),
        };
        Context.RemembersLines = keepsLines;
        return result;
    }
}
