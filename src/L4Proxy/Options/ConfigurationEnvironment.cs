using System.Collections;
using System.Collections.Immutable;
using L4Proxy.ControlPlane;
using L4Proxy.ControlPlane.Settings;

namespace L4Proxy.Options;

/// <summary>
/// Reads environment variables <c>L4PROXY__KEY</c> and <c>L4PROXY__SECTION__KEY</c>, upper and lower case alike;
/// the items of a list are separated by commas, and an empty variable is an empty list.
/// </summary>
internal static class ConfigurationEnvironment
{
    private const string Prefix = "L4PROXY__";
    private const string Separator = "__";

    /// <summary>The variable that sets a key.</summary>
    public static string VariableOf(ConfigurationKey key) =>
        Prefix + key.Path.Replace(".", Separator, StringComparison.Ordinal).ToUpperInvariant();

    /// <summary>Reads the variables that have the prefix; the others are nobody's business here.</summary>
    /// <param name="variables">Names and values, as <see cref="Environment.GetEnvironmentVariables()"/> gives them.</param>
    public static ConfigurationInput Read(IDictionary variables)
    {
        ImmutableArray<ConfigurationValue>.Builder values = ImmutableArray.CreateBuilder<ConfigurationValue>();
        ImmutableArray<Problem>.Builder problems = ImmutableArray.CreateBuilder<Problem>();
        foreach ((string name, string text) in Ours(variables))
        {
            ConfigurationOrigin origin = ConfigurationOrigin.Variable(name);
            if (ConfigurationSchema.Keys.FirstOrDefault(k => Same(VariableOf(k), name)) is not { } key)
            {
                string? near = NearestName.Find(name, ConfigurationSchema.Keys.Select(VariableOf));
                problems.Add(origin.Error(null, near is null ? "there is no such key" : $"there is no such key; did you mean {near}?"));
            }
            else if (values.FirstOrDefault(v => v.Key == key) is { } first)
            {
                problems.Add(origin.Error(key.Path, $"given twice, first by {first.Origin}"));
            }
            else
            {
                values.Add(new ConfigurationValue(key, Split(key, text), origin));
            }
        }

        return values.Count + problems.Count == 0 ? ConfigurationInput.Empty : new(values.ToImmutable(), problems.ToImmutable());
    }

    /// <summary>Sorted, because the order of an environment is an accident and messages should not be.</summary>
    private static List<(string Name, string Text)> Ours(IDictionary variables)
    {
        List<(string Name, string Text)> ours = [];
        foreach (DictionaryEntry variable in variables)
        {
            if (variable.Key is string name && name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            {
                ours.Add((name, variable.Value as string ?? ""));
            }
        }

        ours.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return ours;
    }

    private static ImmutableArray<string> Split(ConfigurationKey key, string text)
    {
        if (!key.IsList)
        {
            return [text];
        }

        return text.Length == 0 ? [] : [.. text.Split(',', StringSplitOptions.TrimEntries)];
    }

    private static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);
}
