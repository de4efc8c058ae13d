using System.Collections.Immutable;
using System.Text;

namespace L4Proxy.Options;

/// <summary>Writes <c>config/l4proxy.yaml</c>: every key with its documentation and its default.</summary>
internal static class ConfigurationDocument
{
    private const string Header = """
        # The configuration of l4proxy: every key with its default.
        #
        #   l4proxy run --config l4proxy.yaml
        #
        # Each key can also be given by an environment variable, L4PROXY__KEY or L4PROXY__SECTION__KEY (the items of
        # a list separated by commas), and the usual ones by a flag: a flag goes before a variable, a variable before
        # this file. A list is replaced as a whole. An unknown key, a key given twice or a value that is not allowed
        # is an error; "l4proxy check --config FILE" shows all of them.
        #
        # Durations are numbers with units, largest first: 500ms, 10s, 5m, 1h30m, 24d.

        """;

    public static string Write(ProxyConfiguration configuration)
    {
        StringBuilder text = new(Header);
        WriteKeys(text, "", "", configuration);
        foreach ((string section, string description) in ConfigurationSchema.Sections)
        {
            text.Append('\n').Append("# ").Append(description).Append('\n');
            if (section == ConfigurationSchema.DefaultsSection)
            {
                text.Append("# The annotation has the key's name in lower case with hyphens: idleTimeout is l4proxy.io/idle-timeout.\n");
            }

            text.Append(section).Append(":\n");
            WriteKeys(text, section, "  ", configuration);
        }

        return text.ToString();
    }

    private static void WriteKeys(StringBuilder text, string section, string indent, ProxyConfiguration configuration)
    {
        bool first = true;
        foreach (ConfigurationKey key in ConfigurationSchema.Keys.Where(k => k.Section == section))
        {
            // The first key of a section follows its section's line; all others stand apart.
            text.Append(first && section.Length > 0 ? "" : "\n");
            first = false;
            text.Append(indent).Append("# ").Append(key.Description).Append('\n');
            text.Append(indent).Append("# ").Append(key.IsList ? "Each item: " : "Allowed: ").Append(key.Allowed).Append(".\n");
            text.Append(indent).Append(key.Name).Append(": ").Append(Value(key.Format(configuration), key.IsList)).Append('\n');
        }
    }

    private static string Value(ImmutableArray<string> values, bool list) =>
        list ? $"[{string.Join(", ", values.Select(Scalar))}]" : Scalar(values[0]);

    /// <summary>Plain where that is safe for sure, else in double quotes.</summary>
    private static string Scalar(string value)
    {
        bool isPlain = value.Length > 0 && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '/' or '-' or ':')
            && value[0] is not '-' && value[^1] is not ':' && !string.Equals(value, "null", StringComparison.OrdinalIgnoreCase);
        return isPlain ? value : $"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
    }
}
