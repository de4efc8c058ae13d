namespace L4Proxy.Loadbench.Load;

/// <summary>One exchange: a request, which is sent whole, and an answer, which is read to its end.</summary>
/// <param name="Request">Bytes that are sent, head first.</param>
/// <param name="Filler">Bytes of no meaning that follow the request: an upload.</param>
/// <param name="End">How the end of the answer is known.</param>
/// <param name="AnswerBytes">Bytes of the answer where <paramref name="End"/> is <see cref="AnswerEnd.Bytes"/>.</param>
internal sealed record ExchangePlan(ReadOnlyMemory<byte> Request, long Filler, AnswerEnd End, long AnswerBytes = 0);
