using System.Globalization;
using L4Proxy.Loadbench.Results;

namespace L4Proxy.Loadbench.Commands;

/// <summary>A sample in one line, for those who wait.</summary>
internal static class ProgressText
{
    public static string Of(Sample sample, ScenarioSummary summary)
    {
        bool bulk = summary.Operation == "GB";
        double operations = bulk ? sample.BytesPerSecond * sample.Seconds / ByteUnits.Gigabyte : sample.Operations;
        List<string> parts = [];
        if (operations > 0 && sample.Seconds > 0)
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{operations / sample.Seconds:#,0.##} {summary.Operation}/s"));
            parts.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{(sample.UserMicroseconds + sample.SystemMicroseconds) / operations:#,0.#} us of CPU each"));
        }

        parts.AddRange(sample.Extra.Select(e => string.Create(CultureInfo.InvariantCulture, $"{e.Key} {e.Value:#,0.#}")));
        parts.AddRange(sample.Errors.Select(e => string.Create(CultureInfo.InvariantCulture, $"{e.Value} x {e.Key}")));
        if (sample.Saturated)
        {
            parts.Add("saturated");
        }

        if (sample.GeneratorBound)
        {
            parts.Add("generator-bound");
        }

        if (sample.BackendBound)
        {
            parts.Add("backend-bound");
        }

        if (sample.IsDisturbed)
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"others took {sample.ForeignShare:0%} of the processors"));
        }

        return string.Join(", ", parts);
    }
}
