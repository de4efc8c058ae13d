using System.Collections;
using System.Collections.Immutable;
using L4Proxy.ControlPlane;
using L4Proxy.ControlPlane.Settings;

namespace L4Proxy.Options;

/// <summary>
/// Makes one configuration of all its sources. Precedence, key by key: a flag over an environment variable over the
/// file over the default. A list is replaced as a whole, never appended to.
/// </summary>
internal static class ConfigurationLoader
{
    /// <summary>Reads and validates all sources, and reports all problems of all of them at once.</summary>
    /// <param name="file">The configuration file; null for none.</param>
    /// <param name="environment">Environment variables.</param>
    /// <param name="flags">What the command line says.</param>
    public static ConfigurationResult Load(string? file, IDictionary environment, ImmutableArray<ConfigurationValue> flags)
    {
        ConfigurationInput fromFile = file is null ? ConfigurationInput.Empty : ConfigurationFile.Read(file);
        ConfigurationInput fromEnvironment = ConfigurationEnvironment.Read(environment);
        return Combine([fromFile, fromEnvironment, new ConfigurationInput(flags, [])]);
    }

    /// <summary>Validates sources, the weakest first.</summary>
    public static ConfigurationResult Combine(params ReadOnlySpan<ConfigurationInput> sources)
    {
        ImmutableArray<Problem>.Builder problems = ImmutableArray.CreateBuilder<Problem>();
        Dictionary<ConfigurationKey, ConfigurationOrigin> origins = [];
        ProxyConfiguration configuration = ProxyConfiguration.Default;
        foreach (ConfigurationInput source in sources)
        {
            List<Problem> found = [.. source.Problems];
            foreach (ConfigurationValue value in source.Values)
            {
                ProxyConfiguration? applied = value.Key.Apply(configuration, Resolve(value), out string? refused);
                if (applied is null)
                {
                    found.Add(value.Origin.Error(value.Key.Path, $"'{Shorten(refused)}' is not allowed; allowed is {value.Key.Allowed}"));
                    continue;
                }

                configuration = applied;
                origins[value.Key] = value.Origin;
            }

            problems.AddRange(found.OrderBy(p => p.Line));
        }

        AddConflicts(configuration, origins, problems);
        problems.AddRange(new ModeConflicts(configuration, origins).Find());
        return new ConfigurationResult(configuration, problems.ToImmutable());
    }

    private static void AddConflicts(
        ProxyConfiguration configuration,
        Dictionary<ConfigurationKey, ConfigurationOrigin> origins,
        ImmutableArray<Problem>.Builder problems)
    {
        foreach (SettingConflict conflict in ServiceOptionsRules.Check(configuration.Defaults))
        {
            // The defaults are free of conflicts, so one of the two values was written somewhere.
            ConfigurationOrigin origin = OriginOf(conflict.Setting) ?? OriginOf(conflict.Other) ?? new ConfigurationOrigin();
            problems.Add(origin.Problem(
                conflict.Severity,
                $"{ConfigurationSchema.DefaultsSection}.{conflict.Setting.Key}",
                conflict.Describe(setting => $"{ConfigurationSchema.DefaultsSection}.{setting.Key}")));
        }

        ConfigurationOrigin? OriginOf(ServiceSetting setting) =>
            origins.GetValueOrDefault(ConfigurationSchema.Find(ConfigurationSchema.DefaultsSection, setting.Key)!);
    }

    private static ImmutableArray<string> Resolve(ConfigurationValue value) =>
        value.Key.IsPath ? [.. value.Values.Select(v => v.Length == 0 ? v : Path.Combine(value.Origin.Folder, v))] : value.Values;

    /// <summary>A value that is quoted in a message, at bearable length.</summary>
    private static string Shorten(string? text)
    {
        const int Longest = 60;
        return Printable.Of(text is null ? "" : text.Length <= Longest ? text : text[..Longest] + "...");
    }
}
