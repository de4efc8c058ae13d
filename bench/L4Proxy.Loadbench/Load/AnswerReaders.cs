namespace L4Proxy.Loadbench.Load;

/// <summary>Chooses how answers are read.</summary>
internal static class AnswerReaders
{
    public static IAnswerReader Create(ExchangePlan plan) => plan.End == AnswerEnd.Http
        ? new HttpAnswerReader(isHead: plan.Request.Span.StartsWith("HEAD "u8))
        : new PlainAnswerReader(plan.End, plan.AnswerBytes);
}
