using System.Net;
using System.Text;
using L4Proxy.Loadbench.Load;
using L4Proxy.Testing;

namespace L4Proxy.Tests.Loadbench;

/// <summary>Small plans for the load generator, and short ways to run them.</summary>
internal static class Plans
{
    public static LoadPlan Closed(LoadKind kind, IPEndPoint target, int connections = 4) => new()
    {
        Kind = kind,
        Targets = [target],
        Connections = connections,
        Exchange = Get(63),
        WarmUp = TimeSpan.FromMilliseconds(50),
        Duration = TimeSpan.FromMilliseconds(250),
        Timeout = TimeSpan.FromSeconds(20),
    };

    public static LoadPlan Open(LoadKind kind, IPEndPoint target, double rate, int connections = 4) =>
        Closed(kind, target, connections) with { Rate = rate };

    public static ExchangePlan Get(long bytes) => Http($"GET /{bytes} HTTP/1.1\r\nHost: test\r\n\r\n");

    public static ExchangePlan Post(long answer, long body) =>
        Http($"POST /{answer} HTTP/1.1\r\nContent-Length: {body}\r\n\r\n") with { Filler = body };

    public static ExchangePlan Line(string request) => new(Encoding.ASCII.GetBytes(request), 0, AnswerEnd.Line);

    /// <summary>Runs a plan to its end.</summary>
    public static Task<LoadResult> RunAsync(this LoadPlan plan) => new LoadGenerator().RunAsync(plan, CancellationToken.None).Within();

    public static long ErrorsOf(this LoadResult result, LoadError error) => result.Errors.GetValueOrDefault(error);

    private static ExchangePlan Http(string request) => new(Encoding.ASCII.GetBytes(request), 0, AnswerEnd.Http);
}
