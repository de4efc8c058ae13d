namespace L4Proxy.ControlPlane.Settings;

/// <summary>A duration in a range; see <see cref="Duration"/> for the spelling.</summary>
public sealed class DurationFormat : ValueFormat<TimeSpan>
{
    private readonly TimeSpan _min;
    private readonly TimeSpan _max;
    private readonly bool _zeroAllowed;
    private readonly TimeSpan _unit;

    /// <summary>A range of durations.</summary>
    /// <param name="min">The least value but zero.</param>
    /// <param name="max">The greatest value.</param>
    /// <param name="zero">What 0 means, in a word or two; null when 0 is not allowed.</param>
    /// <param name="unit">Values are whole multiples of this; a millisecond unless given.</param>
    public DurationFormat(TimeSpan min, TimeSpan max, string? zero = null, TimeSpan? unit = null)
    {
        _min = min;
        _max = max;
        _zeroAllowed = zero is not null;
        _unit = unit ?? TimeSpan.FromMilliseconds(1);
        string noun = _unit == TimeSpan.FromSeconds(1) ? "a duration in whole seconds" : "a duration";
        string range = $"{noun} from {Duration.Format(min)} to {Duration.Format(max)}";
        Allowed = zero is null ? range : $"{range}, or 0 ({zero})";
    }

    public override string Allowed { get; }

    public override bool TryParse(string text, out TimeSpan value) => Duration.TryParse(text, out value) && IsAllowed(value);

    public override string Format(TimeSpan value) => Duration.Format(value);

    private bool IsAllowed(TimeSpan value) =>
        value == TimeSpan.Zero ? _zeroAllowed : value >= _min && value <= _max && value.Ticks % _unit.Ticks == 0;
}
