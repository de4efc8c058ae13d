namespace L4Proxy.Loadbench.Results.Analysis;

/// <summary>Figures of several rounds in short.</summary>
/// <param name="Median">The middle one; between the two middle ones of an even count.</param>
/// <param name="Least">The smallest.</param>
/// <param name="Most">The largest.</param>
/// <param name="RelativeIqr">Distance of the quartiles as a share of the median, in its size; 0 where the median is 0.</param>
/// <param name="Count">How many figures there are: 1 or more.</param>
internal readonly record struct Spread(double Median, double Least, double Most, double RelativeIqr, int Count)
{
    /// <summary>Null where there are no figures.</summary>
    public static Spread? Of(IEnumerable<double?> figures)
    {
        double[] sorted = [.. figures.OfType<double>().Where(double.IsFinite).Order()];
        if (sorted.Length == 0)
        {
            return null;
        }

        double median = Quantile(sorted, 0.5);
        double distance = Quantile(sorted, 0.75) - Quantile(sorted, 0.25);
        return new Spread(median, sorted[0], sorted[^1], median == 0 ? 0 : distance / Math.Abs(median), sorted.Length);
    }

    /// <summary>Whether all figures of the one are beyond all of the other.</summary>
    public bool IsApartFrom(Spread other) => Least > other.Most || Most < other.Least;

    /// <summary>Between the two nearest figures, as R does by default (type 7 of Hyndman and Fan, 1996).</summary>
    private static double Quantile(double[] sorted, double share)
    {
        double place = share * (sorted.Length - 1);
        int below = (int)place;
        int above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((place - below) * (sorted[above] - sorted[below]));
    }
}
