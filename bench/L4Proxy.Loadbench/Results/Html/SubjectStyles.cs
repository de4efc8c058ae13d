using System.Globalization;
using L4Proxy.Loadbench.Results.Analysis;

namespace L4Proxy.Loadbench.Results.Html;

/// <summary>The class that colours a proxy: the same in every plot for those that are known, and another for each other one of a scenario.</summary>
internal static class SubjectStyles
{
    /// <summary>Classes <c>c0</c> and so on of the style sheet; the first five are those of known proxies.</summary>
    public const int Known = 5;
    public const int Count = 8;

    public static string Of(ScenarioAnalysis scenario, string subject) =>
        $"c{IndexOf(scenario, subject).ToString(CultureInfo.InvariantCulture)}";

    private static int IndexOf(ScenarioAnalysis scenario, string subject) => subject switch
    {
        SubjectNames.LinuxEngine => 0,
        SubjectNames.PortableEngine => 1,
        SubjectNames.Haproxy => 2,
        SubjectNames.Nginx => 3,
        SubjectNames.Direct => 4,
        _ => Known + (scenario.Subjects.Where(s => SubjectNames.Rank(s) == SubjectNames.Rank("")).TakeWhile(s => s != subject).Count() % (Count - Known)),
    };
}
