using L4Proxy.ControlPlane.Settings;

namespace L4Proxy.Options;

/// <summary>The error text for a key that does not exist.</summary>
internal static class UnknownKey
{
    /// <summary>Says what was probably meant, or else what is allowed at that place.</summary>
    /// <param name="section">The section it was written in; empty for the top.</param>
    /// <param name="name">The name as it was written.</param>
    public static string Describe(string section, string name)
    {
        if (NearestName.Find(name, NamesIn(section)) is { } near)
        {
            return $"unknown key; did you mean '{near}'?";
        }

        if (Elsewhere(name) is { } key)
        {
            return key.Section.Length == 0
                ? $"unknown key; '{key.Name}' belongs at the top, outside any section"
                : $"unknown key; '{key.Name}' belongs in the section '{key.Section}'";
        }

        return $"unknown key; allowed {(section.Length == 0 ? "at the top" : "here")}: {string.Join(", ", NamesIn(section))}";
    }

    private static IEnumerable<string> NamesIn(string section)
    {
        IEnumerable<string> keys = ConfigurationSchema.Keys.Where(k => k.Section == section).Select(k => k.Name);
        return section.Length == 0 ? keys.Concat(ConfigurationSchema.Sections.Select(s => s.Name)) : keys;
    }

    private static ConfigurationKey? Elsewhere(string name) => ConfigurationSchema.Keys.FirstOrDefault(k => k.Name == name || k.Path == name);
}
