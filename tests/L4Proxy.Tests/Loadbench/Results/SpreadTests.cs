using FsCheck;
using FsCheck.Fluent;
using L4Proxy.Loadbench.Results.Analysis;
using Xunit;

namespace L4Proxy.Tests.Loadbench.Results;

public sealed class SpreadTests
{
    /// <summary>Figures as they are measured: no infinities, and within what sums of them can hold.</summary>
    private static readonly Arbitrary<double[]> s_figures =
        Gen.Choose(-1_000_000, 1_000_000).Select(i => i / 64.0).NonEmptyListOf().Select(l => l.ToArray()).ToArbitrary();

    [Fact]
    public void Of_AnyFigures_HasHalfOfThemOnEachSideOfTheMedian() => Prop.ForAll(s_figures, figures =>
    {
        Spread spread = Spread.Of(figures.Cast<double?>())!.Value;

        return figures.Count(f => f < spread.Median) * 2 <= figures.Length
            && figures.Count(f => f > spread.Median) * 2 <= figures.Length
            && spread.Least == figures.Min() && spread.Most == figures.Max() && spread.Count == figures.Length
            && spread.RelativeIqr >= 0
            && (spread.RelativeIqr * Math.Abs(spread.Median)) <= spread.Most - spread.Least + 1e-9;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Of_AnyOrder_IsTheSame() => Prop.ForAll(s_figures, figures =>
        Spread.Of(figures.Cast<double?>()) == Spread.Of(figures.Reverse().Cast<double?>())).QuickCheckThrowOnFailure();

    [Fact]
    public void Of_FiguresTimesTwo_HasTwiceTheMedianAndTheSameRelativeIqr() => Prop.ForAll(s_figures, figures =>
    {
        Spread one = Spread.Of(figures.Cast<double?>())!.Value;
        Spread two = Spread.Of(figures.Select(f => (double?)(f * 2)))!.Value;

        return two.Median == one.Median * 2 && two.RelativeIqr == one.RelativeIqr;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Of_FourFigures_HasTheQuartilesOfR()
    {
        // quantile(c(1, 2, 4, 8), type = 7): 1.75, 3, 5.
        Assert.Equal(new Spread(3, 1, 8, 1.75, 5, 4), Spread.Of([8, 1, 4, 2]));
    }

    [Fact]
    public void Of_NothingMeasured_IsNull() => Assert.Null(Spread.Of([null, double.NaN, double.PositiveInfinity]));

    [Theory]
    [InlineData(1, 2, 3, 4, true)]
    [InlineData(1, 3, 3, 4, false)]
    [InlineData(1, 4, 2, 3, false)]
    public void IsApartFrom_Ranges_IsSymmetric(double least, double most, double otherLeast, double otherMost, bool expected)
    {
        Spread one = new(least, least, most, least, most, 2);
        Spread other = new(otherLeast, otherLeast, otherMost, otherLeast, otherMost, 2);

        Assert.Equal(expected, one.IsApartFrom(other));
        Assert.Equal(expected, other.IsApartFrom(one));
    }
}
