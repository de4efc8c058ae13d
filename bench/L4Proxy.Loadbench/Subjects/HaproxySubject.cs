using System.Collections.Immutable;
using System.Globalization;

namespace L4Proxy.Loadbench.Subjects;

/// <summary>
/// HAProxy in master-worker mode, as distributions start it. Other endpoints go in through its runtime API, other listeners by a
/// reload (SIGUSR2), in which the new worker takes the listening sockets over. Its file is named like it.
/// </summary>
internal sealed class HaproxySubject(SubjectKind kind, Workspace workspace) : PeerSubject(kind, workspace)
{
    private readonly SubjectKind _kind = kind;

    protected override ImmutableArray<string> Command => [_kind.Program, "-W", "-f", Path.Combine(Folder, "haproxy.cfg")];

    protected override int StopSignal => Signals.User1;

    private HaproxyRuntime Runtime => new(Path.Combine(Folder, "haproxy.sock"));

    protected override void WriteConfiguration(ImmutableArray<SubjectListener> listeners) => Fill($"{_kind.Name}.cfg", "haproxy.cfg", listeners);

    protected override async Task ApplyAsync(
        ImmutableArray<SubjectListener> before, ImmutableArray<SubjectListener> after, CancellationToken cancellation)
    {
        // Servers have fixed places: as long as there are as many, only addresses change. With "check" a listener of one differs.
        bool sameShape = SubjectListener.HaveSameAddresses(before, after)
            && before.Zip(after).All(pair => pair.First.Endpoints.Length == pair.Second.Endpoints.Length);
        if (sameShape)
        {
            await Runtime.SayAsync(Commands(before, after), cancellation);
            return;
        }

        int? worker = await Runtime.ReadProcessIdAsync(cancellation);
        Process.Send(Signals.User2);
        await WaitUntilAsync(async stop => await Runtime.ReadProcessIdAsync(stop) is { } now && now != worker, cancellation);
    }

    /// <summary>Sockets are open when the runtime API answers.</summary>
    protected override async Task<bool> IsReadyAsync(CancellationToken cancellation) =>
        await Runtime.ReadProcessIdAsync(cancellation) is not null;

    private static string Commands(ImmutableArray<SubjectListener> before, ImmutableArray<SubjectListener> after)
    {
        List<string> commands = [];
        foreach ((SubjectListener old, SubjectListener now) in before.Zip(after))
        {
            for (int i = 0; i < now.Endpoints.Length; i++)
            {
                if (!now.Endpoints[i].Equals(old.Endpoints[i]))
                {
                    commands.Add(string.Create(
                        CultureInfo.InvariantCulture,
                        $"set server {PeerTemplate.NameOf(now)}/s{i + 1} addr {now.Endpoints[i].Address} port {now.Endpoints[i].Port}"));
                }
            }
        }

        return string.Join(';', commands);
    }
}
