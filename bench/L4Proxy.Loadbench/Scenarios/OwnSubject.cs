using System.Collections.Immutable;
using L4Proxy.Loadbench.Load;
using L4Proxy.Loadbench.Subjects;

namespace L4Proxy.Loadbench.Scenarios;

/// <summary>Proxies that a scenario starts for itself.</summary>
internal static class OwnSubject
{
    /// <summary>What is compiled just in time is compiled after this, as in a proxy that has run for a while.</summary>
    private static readonly TimeSpan s_warmUp = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// A client whose answer takes longer while a proxy is changed has been left behind: on loopback it takes less than a thousandth of it, and the
    /// second SYN of a connection that was dropped at the first comes only then (RFC 6298).
    /// </summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(1);

    /// <summary>Starts one, and lets it relay for a while on its first listener.</summary>
    public static async Task<ISubject> StartAsync(
        ScenarioContext context, ImmutableArray<SubjectListener> listeners, CancellationToken cancellation)
    {
        ISubject subject = context.CreateSubject();
        try
        {
            await subject.StartAsync(listeners, cancellation);
            await context.Generator.RunAsync(NewConnections(subject, listeners[0]) with { Duration = s_warmUp }, cancellation);
            return subject;
        }
        catch
        {
            await subject.DisposeAsync();
            throw;
        }
    }

    /// <summary>Connections with one exchange each, without warm-up.</summary>
    public static LoadPlan NewConnections(ISubject subject, SubjectListener listener) => new()
    {
        Kind = LoadKind.ConnectExchange,
        Targets = [subject.Target(listener)],
        Connections = 16,
        Exchange = Exchanges.SmallAndClose,
        Threads = LoadThreads.Each,
        WarmUp = TimeSpan.Zero,
    };

    public static TimeSpan AtLeast(this TimeSpan duration, double seconds) =>
        duration.TotalSeconds < seconds ? TimeSpan.FromSeconds(seconds) : duration;
}
