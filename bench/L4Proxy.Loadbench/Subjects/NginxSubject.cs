using System.Collections.Immutable;
using L4Proxy.Loadbench.Measuring;

namespace L4Proxy.Loadbench.Subjects;

/// <summary>nginx with its stream module. Everything that changes goes in by a reload (SIGHUP), as it does without the commercial edition.</summary>
internal sealed class NginxSubject(SubjectKind kind, NginxModule module, Workspace workspace) : PeerSubject(kind, workspace)
{
    private readonly SubjectKind _kind = kind;

    protected override ImmutableArray<string> Command =>
        [_kind.Program, "-p", Folder, "-c", Path.Combine(Folder, "nginx.conf"), "-e", Path.Combine(Folder, "error.log")];

    protected override int StopSignal => Signals.Quit;

    protected override void WriteConfiguration(ImmutableArray<SubjectListener> listeners) =>
        Fill("nginx-stream.conf", "nginx.conf", listeners, ("LOADMODULE", module.Directive));

    protected override async Task ApplyAsync(
        ImmutableArray<SubjectListener> before, ImmutableArray<SubjectListener> after, CancellationToken cancellation)
    {
        ImmutableArray<int> old = Workers();
        Process.Send(Signals.Hangup);

        // In force when there are new workers and no old one accepts any more: those say so in their title until their last connection ends. New
        // ones are started first, so that all processes, which takes long to look at, need not be before that.
        await WaitUntilAsync(
            _ => Task.FromResult(old.All(IsLeaving) && Workers().Except(old).Any()), cancellation);
    }

    private static bool IsLeaving(int worker) => ProcFiles.ReadStat(worker) is null || ProcFiles.ReadCommandLine(worker) is var title
        && (title.Length == 0 || title.Contains("is shutting down", StringComparison.Ordinal));

    private ImmutableArray<int> Workers() => ProcessTree.Of(Process.Id).Remove(Process.Id);
}
