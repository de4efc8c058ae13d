using System.Globalization;
using L4Proxy.ControlPlane.Settings;
using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>What annotations can say about the endpoints of a slice.</summary>
internal static class SliceAnnotations
{
    private const string WeightAnnotation = ServiceSettings.AnnotationPrefix + "weight";

    // The range that EndpointEntry.Weight allows.
    private const int MaxWeight = 1000;

    /// <summary>Share of new connections of each endpoint of the slice; 1 unless it says otherwise.</summary>
    public static int Weight(EndpointSlice slice, ProblemList problems)
    {
        int weight = 1;
        const string Allowed = $"ignored; allowed on an EndpointSlice is {WeightAnnotation}";
        foreach ((string name, string text) in slice.Metadata.Annotations.OrderBy(a => a.Key, StringComparer.Ordinal))
        {
            if (!name.StartsWith(ServiceSettings.AnnotationPrefix, StringComparison.Ordinal))
            {
                continue;
            }

            string key = $"metadata.annotations[{Shown.Text(name)}]";
            if (name != WeightAnnotation)
            {
                problems.Error(slice, key, $"unknown setting, {Allowed}");
            }
            else if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value <= MaxWeight)
            {
                weight = value;
            }
            else
            {
                problems.Error(slice, key, $"'{Shown.Text(text)}' is not allowed, ignored; allowed is an integer from 0 to {MaxWeight}");
            }
        }

        return weight;
    }
}
