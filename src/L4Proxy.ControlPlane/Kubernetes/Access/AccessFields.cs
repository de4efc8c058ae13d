using L4Proxy.ControlPlane.Manifests;
using L4Proxy.ControlPlane.Translation;

namespace L4Proxy.ControlPlane.Kubernetes.Access;

/// <summary>Values of a kubeconfig. Those that may be secret are never shown.</summary>
internal static class AccessFields
{
    /// <summary>Text; null when it is missing or empty, which is the same in a kubeconfig.</summary>
    public static string? Text(this Field field) => field.String() is { Length: > 0 } text ? text : null;

    /// <summary>Text that may be secret.</summary>
    public static string? Secret(this Field field)
    {
        if (field.IsSet && field.Node is not ManifestScalar { IsString: true })
        {
            field.Error("must be a string in quotes");
            return null;
        }

        return field.IsSet && field.Node is ManifestScalar { Text.Length: > 0 } scalar ? scalar.Text : null;
    }

    /// <summary>Text that is sent in a header and may be secret.</summary>
    public static string? HeaderSecret(this Field field)
    {
        string? text = field.Secret();
        if (text is null || HeaderText.IsValue(text))
        {
            return text;
        }

        field.Error(HeaderText.Allowed);
        return null;
    }

    /// <summary>A file given by its path or by its content in base64, which goes first.</summary>
    public static PemSource? FileOrData(this KubeconfigEntry entry, string fileKey)
    {
        Field data = entry.Root[fileKey + "-data"];
        if (data.Secret() is { } text)
        {
            byte[] bytes = new byte[text.Length];
            if (Convert.TryFromBase64String(text, bytes, out int length))
            {
                return PemSource.OfData(bytes[..length]);
            }

            data.Error("must be PEM in base64");
            return null;
        }

        return entry.Root[fileKey].Text() is { } path ? PemSource.OfFile(entry.Resolve(path)) : null;
    }

    /// <summary>The key under which a source of PEM was given.</summary>
    public static Field FieldOf(this KubeconfigEntry entry, string fileKey, PemSource source) =>
        entry.Root[source.Path is null ? fileKey + "-data" : fileKey];

    public static void Refuse(this Field field, string value, string allowed) =>
        field.Error($"'{Shown.Text(value)}' is not allowed; allowed is {allowed}");
}
