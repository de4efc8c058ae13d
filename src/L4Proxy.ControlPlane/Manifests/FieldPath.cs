using System.Globalization;
using System.Text;
using L4Proxy.ControlPlane.Translation;

namespace L4Proxy.ControlPlane.Manifests;

/// <summary>The way from an object to one of its values, made into text only when something is to be said about it.</summary>
internal sealed class FieldPath
{
    private readonly FieldPath? _parent;
    private readonly string? _key;
    private readonly int _index;

    private FieldPath(FieldPath? parent, string? key, int index)
    {
        _parent = parent;
        _key = key;
        _index = index;
    }

    public static FieldPath Of(FieldPath? parent, string key) => new(parent, key, 0);

    public static FieldPath Of(FieldPath? parent, int index) => new(parent, null, index);

    /// <summary>Such as <c>spec.ports[0].port</c> or <c>metadata.annotations[l4proxy.io/balance]</c>.</summary>
    public override string ToString()
    {
        StringBuilder text = new(_parent?.ToString());
        if (_key is null)
        {
            return text.Append('[').Append(_index.ToString(CultureInfo.InvariantCulture)).Append(']').ToString();
        }

        string key = Shown.Text(_key);
        if (_parent is not null && !key.All(c => char.IsAsciiLetterOrDigit(c)))
        {
            return text.Append('[').Append(key).Append(']').ToString();
        }

        return text.Append(text.Length > 0 ? "." : "").Append(key).ToString();
    }
}
