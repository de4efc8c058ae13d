namespace L4Proxy.Loadbench.Results.Analysis;

/// <summary>Figures of several rounds in short.</summary>
/// <param name="Median">The middle one; between the two middle ones of an even count.</param>
/// <param name="Least">The smallest.</param>
/// <param name="Most">The largest.</param>
/// <param name="LowerQuartile">A quarter of them is below.</param>
/// <param name="UpperQuartile">A quarter of them is above.</param>
/// <param name="Count">How many figures there are: 1 or more.</param>
internal readonly record struct Spread(double Median, double Least, double Most, double LowerQuartile, double UpperQuartile, int Count)
{
    /// <summary>Distance of the quartiles as a share of the median, in its size; 0 where the median is 0.</summary>
    public double RelativeIqr => Median == 0 ? 0 : (UpperQuartile - LowerQuartile) / Math.Abs(Median);

    /// <summary>Null where there are no figures.</summary>
    public static Spread? Of(IEnumerable<double?> figures)
    {
        double[] sorted = [.. figures.OfType<double>().Where(double.IsFinite).Order()];
        if (sorted.Length == 0)
        {
            return null;
        }

        return new Spread(Quantile(sorted, 0.5), sorted[0], sorted[^1], Quantile(sorted, 0.25), Quantile(sorted, 0.75), sorted.Length);
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
