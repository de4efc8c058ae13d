using System.Collections.Immutable;
using System.Net;
using L4Proxy.Loadbench.Load;
using L4Proxy.Loadbench.Scenarios;
using L4Proxy.Loadbench.Subjects;

namespace L4Proxy.Loadbench.Commands;

/// <summary>The proxies that take part: those that are there and work.</summary>
/// <param name="options">Which were asked for.</param>
/// <param name="workspace">Where they run.</param>
/// <param name="generator">What warms them.</param>
/// <param name="say">Told what was found.</param>
/// <param name="note">Told what is left out, and why.</param>
internal sealed class Contenders(CompareOptions options, Workspace workspace, ILoadGenerator generator, Action<string> say, Action<string> note)
    : IAsyncDisposable
{
    /// <summary>Tiered compilation is through with what is hot after some seconds of load.</summary>
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(2);

    private readonly SubjectCatalog _catalog = new(workspace, options.L4Proxy);

    public ImmutableArray<Contender> Present { get; private set; } = [];

    /// <summary>Names of those that are there and do not work.</summary>
    public ImmutableArray<string> Broken { get; private set; } = [];

    /// <summary>
    /// Finds, checks, starts and warms all that were asked for and have something to do; what is missing or does not work is left out.
    /// </summary>
    /// <exception cref="LoadException">There is none.</exception>
    public async Task PrepareAsync(IPEndPoint backend, ImmutableArray<IScenario> scenarios, CancellationToken cancellation)
    {
        ImmutableArray<string> asked = options.Proxies.IsEmpty ? SubjectCatalog.Usual : options.Proxies;
        foreach (string name in SubjectCatalog.Names.Where(n => asked.Contains(n, StringComparer.Ordinal)))
        {
            try
            {
                if (await _catalog.FindAsync(name, say, note, cancellation) is { } kind && scenarios.Any(s => Contender.CanTakePart(kind, s)))
                {
                    say($"{kind.Name}: {kind.Version}");
                    Present = Present.Add(await StartAsync(kind, backend, cancellation));
                }
            }
            catch (Exception e) when (!cancellation.IsCancellationRequested)
            {
                // One that does not work, an old version for example, is no reason to measure none of the others.
                Broken = Broken.Add(name);
                note($"{name} is left out: {e.Message.ReplaceLineEndings(" ")}");
            }
        }

        if (Present.IsEmpty)
        {
            throw new LoadException("there is no proxy to compare");
        }
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(Present.Select(c => c.Subject.DisposeAsync().AsTask()));

    private async Task<Contender> StartAsync(SubjectKind kind, IPEndPoint backend, CancellationToken cancellation)
    {
        await using (ISubject trial = _catalog.Create(kind))
        {
            await RelayCheck.RunAsync(trial, workspace, cancellation);
        }

        SubjectListener listener = new(workspace.Ports.Take(), [backend]);
        Contender contender = new(kind, _catalog.Create(kind), listener, () => _catalog.Create(kind));
        try
        {
            await contender.Subject.StartAsync([listener], cancellation);
            await WarmUpAsync(contender, cancellation);
            return contender;
        }
        catch
        {
            await contender.Subject.DisposeAsync();
            throw;
        }
    }

    private async Task WarmUpAsync(Contender contender, CancellationToken cancellation)
    {
        LoadPlan connections = OwnSubject.NewConnections(contender.Subject, contender.Listener) with { Duration = s_warmUp / 2 };
        LoadPlan requests = connections with { Kind = LoadKind.Exchange, Exchange = Exchanges.Small, Connections = 64, Duration = s_warmUp };
        LoadPlan bulk = requests with { Exchange = Exchanges.Down, Connections = 4, Duration = s_warmUp / 4 };
        foreach (LoadPlan plan in (LoadPlan[])[connections, requests, bulk])
        {
            await generator.RunAsync(plan, cancellation);
        }
    }
}
