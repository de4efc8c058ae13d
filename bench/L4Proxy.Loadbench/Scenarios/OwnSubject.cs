using System.Collections.Immutable;
using L4Proxy.Loadbench.Load;
using L4Proxy.Loadbench.Subjects;

namespace L4Proxy.Loadbench.Scenarios;

/// <summary>Proxies that a scenario starts for itself.</summary>
internal static class OwnSubject
{
    /// <summary>What is compiled just in time is compiled after this, as in a proxy that has run for a while.</summary>
    private static readonly TimeSpan s_warmUp = TimeSpan.FromMilliseconds(500);

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
        WarmUp = TimeSpan.Zero,
    };

    public static TimeSpan AtLeast(this TimeSpan duration, double seconds) =>
        duration.TotalSeconds < seconds ? TimeSpan.FromSeconds(seconds) : duration;
}
