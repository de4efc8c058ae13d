using L4Proxy.ControlPlane.Settings;

namespace L4Proxy.Loadbench.Load.Steps;

/// <summary>What users may ask for, in a file or by options.</summary>
internal static class LoadLimits
{
    public const string PathRule = "a path begins with / and has no blanks; other letters are written as %XX";

    /// <summary>More than a host of this generation can have: descriptors of a process end at 1,048,576 (fs.nr_open).</summary>
    public const int MostConnections = 1_000_000;

    /// <summary>In a second; a hundred times what one thread of the generator can do.</summary>
    public const double MostRate = 10_000_000;

    public const string RateRule = "a number per second above 0, 10000000 at most";

    /// <summary>A step that would be forgotten.</summary>
    public static TimeSpan MostTime { get; } = TimeSpan.FromDays(1);

    public static TimeSpan LeastDuration { get; } = TimeSpan.FromMilliseconds(1);

    public static bool IsRate(double rate) => rate is > 0 and <= MostRate;

    /// <summary>Whether it can stand in a request line (RFC 9112, 3): anything else would end it.</summary>
    public static bool IsPath(string path) => path.StartsWith('/') && path.All(c => c is > ' ' and <= '~');

    public static bool TryParseTime(string text, TimeSpan least, out TimeSpan time) =>
        Duration.TryParse(text, out time) && time >= least && time <= MostTime;

    public static string TimeRule(TimeSpan least) =>
        $"a duration of {Duration.Format(least)} to {Duration.Format(MostTime)}, such as 10s or 1m30s";
}
