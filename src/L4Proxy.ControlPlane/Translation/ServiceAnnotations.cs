using L4Proxy.ControlPlane.Settings;
using L4Proxy.ControlPlane.Translation.Objects;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>
/// The settings of one Service: the defaults, over them the Service's own session affinity, over that its
/// annotations. A setting that is not allowed is reported and ignored.
/// </summary>
internal static class ServiceAnnotations
{
    public static ServiceOptions Apply(Service service, ServiceOptions defaults, ProblemList problems)
    {
        AffinityOptions affinity = Affinity(service, defaults.Affinity, problems);
        ServiceOptions options = ReferenceEquals(affinity, defaults.Affinity) ? defaults : defaults with { Affinity = affinity };
        if (service.Metadata.Annotations.Count == 0)
        {
            return options;
        }

        bool any = false;
        foreach ((string name, string text) in service.Metadata.Annotations.OrderBy(a => a.Key, StringComparer.Ordinal))
        {
            if (!name.StartsWith(ServiceSettings.AnnotationPrefix, StringComparison.Ordinal))
            {
                continue;
            }

            string key = $"metadata.annotations[{Shown.Text(name)}]";
            if (ServiceSettings.FindByName(name[ServiceSettings.AnnotationPrefix.Length..]) is not { } setting)
            {
                problems.Error(service, key, $"unknown setting, ignored; {Advice(name[ServiceSettings.AnnotationPrefix.Length..])}");
            }
            else if (setting.Apply(options, text) is { } changed)
            {
                options = changed;
                any = true;
            }
            else
            {
                problems.Error(service, key, $"'{Shown.Text(text)}' is not allowed, ignored; allowed is {setting.Allowed}");
            }
        }

        if (any)
        {
            ReportConflicts(service, options, defaults, problems);
        }

        return options;
    }

    private static string Advice(string name)
    {
        IEnumerable<string> known = ServiceSettings.All.Select(s => s.Name);
        return NearestName.Find(name, known) is { } near
            ? $"did you mean '{ServiceSettings.AnnotationPrefix}{near}'?"
            : $"known are {string.Join(", ", known)}";
    }

    /// <summary>
    /// The API server writes <c>None</c> into every Service that says nothing, so only ClientIP is a wish of the user.
    /// </summary>
    private static AffinityOptions Affinity(Service service, AffinityOptions defaults, ProblemList problems)
    {
        if (service.Spec.SessionAffinity != "ClientIP")
        {
            return defaults;
        }

        const string Key = "spec.sessionAffinityConfig.clientIP.timeoutSeconds";
        int seconds = service.Spec.SessionAffinityConfig?.ClientIP?.TimeoutSeconds ?? (int)AffinityOptions.None.Timeout.TotalSeconds;
        if (seconds is < 1 or > 86400)
        {
            problems.Error(service, Key, $"{seconds} is not allowed, ignored; allowed is 1 to 86400");
            seconds = (int)AffinityOptions.None.Timeout.TotalSeconds;
        }

        return defaults with { Kind = AffinityKind.ClientIP, Timeout = TimeSpan.FromSeconds(seconds) };
    }

    /// <summary>Conflicts that the defaults have already are reported with the configuration, not with each Service.</summary>
    private static void ReportConflicts(Service service, ServiceOptions options, ServiceOptions defaults, ProblemList problems)
    {
        HashSet<SettingConflict> known = [.. ServiceOptionsRules.Check(defaults)];
        foreach (SettingConflict conflict in ServiceOptionsRules.Check(options).Where(c => !known.Contains(c)))
        {
            string key = $"metadata.annotations[{ServiceSettings.AnnotationPrefix}{conflict.Setting.Name}]";
            problems.Add(conflict.Severity, service, key, conflict.Describe(s => ServiceSettings.AnnotationPrefix + s.Name));
        }
    }
}
