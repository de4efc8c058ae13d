using FsCheck;
using FsCheck.Fluent;
using L4Proxy.ControlPlane.Settings;
using Xunit;

namespace L4Proxy.Tests.Settings;

public sealed class DurationTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("0s", 0)]
    [InlineData("0ms", 0)]
    [InlineData("1ms", 1)]
    [InlineData("500ms", 500)]
    [InlineData("10s", 10_000)]
    [InlineData("5m", 300_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("1h30m", 5_400_000)]
    [InlineData("90m", 5_400_000)]
    [InlineData("1m500ms", 60_500)]
    [InlineData("1d2h3m4s5ms", 93_784_005)]
    [InlineData("007s", 7000)]
    public void TryParse_Written_IsRead(string text, long milliseconds)
    {
        Assert.True(Duration.TryParse(text, out TimeSpan value));
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), value);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("10")]
    [InlineData("00")]
    [InlineData("-1s")]
    [InlineData("+1s")]
    [InlineData("1.5h")]
    [InlineData("1s1s")]
    [InlineData("30m1h")]
    [InlineData("1h30")]
    [InlineData("ms")]
    [InlineData("1H")]
    [InlineData("1 h")]
    [InlineData("1w")]
    [InlineData("10us")]
    [InlineData("00:10:00")]
    [InlineData("99999999999999999999s")]
    [InlineData("9223372036854775807d")]
    [InlineData("3257812d281474976710655ms")]
    [InlineData("١s")]
    public void TryParse_AnythingElse_IsRefused(string text) => Assert.False(Duration.TryParse(text, out _));

    [Theory]
    [InlineData(0, "0")]
    [InlineData(5_400_000, "1h30m")]
    [InlineData(93_784_005, "1d2h3m4s5ms")]
    [InlineData(90_000, "1m30s")]
    [InlineData(10_800_000, "3h")]
    public void Format_Value_IsShortestSpelling(long milliseconds, string text) =>
        Assert.Equal(text, Duration.Format(TimeSpan.FromMilliseconds(milliseconds)));

    [Fact]
    public void Format_AnyMilliseconds_ParsesBack() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), milliseconds =>
        {
            TimeSpan value = TimeSpan.FromMilliseconds(milliseconds);
            return Duration.TryParse(Duration.Format(value), out TimeSpan back) && back == value;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void TryParse_AnyText_NeverThrows() =>
        Prop.ForAll(
            Gen.Elements("0", "1", "9", "99999999999", "d", "h", "m", "s", "ms", "-", " ", ".", "é").ListOf().Select(string.Concat).ToArbitrary(),
            text => Duration.TryParse(text, out TimeSpan value) == (Duration.TryParse(text, out TimeSpan again) && again == value))
        .QuickCheckThrowOnFailure();
}
