using System.Globalization;
using System.Text.RegularExpressions;
using L4Proxy.ControlPlane.Settings;

namespace L4Proxy.Options;

/// <summary>Durations as Go's time.Duration writes and reads them, such as <c>15m0s</c> or <c>1.5h</c>, in the spelling of our own keys.</summary>
internal static partial class GoDuration
{
    /// <summary>The same duration as <see cref="Duration"/> reads it; a text that is none, or is out of all bounds, comes back as it is.</summary>
    public static string ToOwn(string text)
    {
        double seconds = 0;
        foreach (Match part in PartPattern().Matches(text))
        {
            seconds += double.Parse(part.Groups["number"].ValueSpan, CultureInfo.InvariantCulture) * part.Groups["unit"].Value switch
            {
                "h" => 3600,
                "m" => 60,
                "s" => 1,
                "ms" => 1e-3,
                "ns" => 1e-9,
                _ => 1e-6,
            };
        }

        return text.StartsWith('-') || seconds > TimeSpan.MaxValue.TotalSeconds / 2 ? text : Duration.Format(TimeSpan.FromSeconds(seconds));
    }

    [GeneratedRegex(@"(?<number>[0-9]*\.?[0-9]+|[0-9]+\.)(?<unit>ns|us|µs|ms|s|m|h)", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex PartPattern();
}
