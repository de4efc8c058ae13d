namespace L4Proxy.SystemTests.Targets;

/// <summary>What became of one try.</summary>
/// <param name="Fate">Null for what is never expected.</param>
/// <param name="Answer">What an endpoint said.</param>
/// <param name="Trouble">What was not expected.</param>
internal sealed record TargetResult(TargetFate? Fate, TargetAnswer? Answer, string Trouble)
{
    public TargetResult(TargetFate fate)
        : this(fate, null, "")
    {
    }

    public TargetResult(TargetAnswer? answer, string text)
        : this(answer is null ? null : TargetFate.Served, answer, answer is null ? text : "")
    {
    }

    public override string ToString() => Answer?.ToString() ?? Fate?.ToString() ?? Trouble;
}
