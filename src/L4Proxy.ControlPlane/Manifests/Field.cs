using L4Proxy.ControlPlane.Translation;
using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Manifests;

/// <summary>
/// One value of an object, wherever it is, with typed ways to read it. What has the wrong type is reported to the
/// object's context and read as absent, so that one pass finds everything that is wrong.
/// </summary>
internal readonly struct Field
{
    private readonly ObjectContext _context;
    private readonly FieldPath? _path;
    private readonly int _parentLine;

    /// <summary>A value, or the lack of one.</summary>
    /// <param name="context">Takes the problems.</param>
    /// <param name="path">The way from the object to this value; null for the object itself.</param>
    /// <param name="node">The value; null when it is absent.</param>
    /// <param name="parentLine">Line that is named when it is absent.</param>
    public Field(ObjectContext context, FieldPath? path, ManifestNode? node, int parentLine)
    {
        _context = context;
        _path = path;
        Node = node;
        _parentLine = parentLine;
    }

    public ManifestNode? Node { get; }

    /// <summary>1-based line of the value, or of what should hold it.</summary>
    public int Line => Node?.Line ?? _parentLine;

    /// <summary>Whether there is a value; null is none.</summary>
    public bool IsSet => Node is not (null or ManifestScalar { IsNull: true });

    /// <summary>The value of a key; absent when this is no mapping, which <see cref="Map{T}"/> and <see cref="Check"/> report.</summary>
    public Field this[string key] => new(
        _context,
        FieldPath.Of(_path, key),
        Node is ManifestMapping mapping && mapping.Entries.TryGetValue(key, out ManifestNode? value) ? value : null,
        Line);

    public void Error(string message) => _context.Error(_path, Line, message);

    /// <summary>Reports a value that is no mapping.</summary>
    public Field Check()
    {
        if (IsSet && Node is not ManifestMapping)
        {
            Error($"must be a mapping, is {Node!.What}");
        }

        Remember();
        return this;
    }

    /// <summary>Reads a mapping; null when it is absent.</summary>
    public T? Map<T>(Func<Field, T> read)
        where T : class => Check().IsSet && Node is ManifestMapping ? read(this) : null;

    public List<T> List<T>(Func<Field, T> read)
    {
        Remember();
        if (Node is ManifestSequence sequence)
        {
            List<T> items = new(sequence.Items.Count);
            for (int i = 0; i < sequence.Items.Count; i++)
            {
                items.Add(read(new Field(_context, FieldPath.Of(_path, i), sequence.Items[i], Line)));
            }

            return items;
        }

        if (IsSet)
        {
            Error($"must be a list, is {Node!.What}");
        }

        return [];
    }

    /// <summary>Reads a list of mappings; items that are none are reported and left out.</summary>
    public List<T> Objects<T>(Func<Field, T> read)
    {
        List<T> objects = [];
        foreach (Field item in List(item => item))
        {
            if (item.Node is ManifestMapping)
            {
                objects.Add(read(item));
            }
            else
            {
                item.Error($"must be a mapping, is {item.Node!.What}");
            }
        }

        return objects;
    }

    /// <summary>Reads labels, annotations or a selector.</summary>
    public Dictionary<string, string> Strings()
    {
        Dictionary<string, string> strings = new(StringComparer.Ordinal);
        if (Check().Node is ManifestMapping mapping)
        {
            foreach (string key in mapping.Entries.Keys)
            {
                // The API reads null as an empty string here.
                strings[key] = this[key].String() ?? "";
            }
        }

        return strings;
    }

    public string? String()
    {
        Remember();
        if (!IsSet)
        {
            return null;
        }

        if (Node is ManifestScalar { IsString: true } scalar)
        {
            return scalar.Text;
        }

        Error(Node is ManifestScalar other
            ? $"must be a string: write \"{Shown.Text(other.Text)}\" in quotes"
            : $"must be a string, is {Node!.What}");
        return null;
    }

    /// <summary>A string that is one of a few.</summary>
    public string? OneOf(params ReadOnlySpan<string> allowed)
    {
        string? text = String();
        if (string.IsNullOrEmpty(text) || allowed.Contains(text))
        {
            return text is "" ? null : text;
        }

        Error($"'{Shown.Text(text)}' is not allowed; allowed is {string.Join(", ", allowed!)}");
        return null;
    }

    public int? Integer(int min, int max)
    {
        Remember();
        if (!IsSet)
        {
            return null;
        }

        if (Node is ManifestScalar scalar && scalar.AsInteger is { } value && value >= min && value <= max)
        {
            return (int)value;
        }

        Error($"must be a whole number from {min} to {max}, is {Node!.What}");
        return null;
    }

    public bool? Boolean()
    {
        Remember();
        if (IsSet && Node is not ManifestScalar { AsBool: not null })
        {
            Error($"must be true or false, is {Node!.What}");
        }

        return (Node as ManifestScalar)?.AsBool;
    }

    /// <summary>A port number, or the name of a container port.</summary>
    public IntOrString? PortNumberOrName()
    {
        if (Node is ManifestScalar { IsString: true })
        {
            string? name = String();
            if (KubernetesNames.IsPortName(name))
            {
                return new IntOrString(null, name);
            }

            Error($"must be a number from 1 to 65535 or a port name ({KubernetesNames.PortNameRule}), is {Node.What}");
            return null;
        }

        return Integer(1, 65535) is { } number ? new IntOrString(number, null) : null;
    }

    private void Remember()
    {
        if (_context.RemembersLines && Node is not null && _path is not null)
        {
            _context.Remember(_path, Node.Line);
        }
    }
}
