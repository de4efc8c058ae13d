using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using L4Proxy.Loadbench.Load;

namespace L4Proxy.Loadbench.Subjects;

/// <summary>
/// The relay of <c>bench/ideal</c>: the same system calls in C and nothing else, which shows what of a proxy's cost is the kernel's. It has one
/// listener on 127.0.0.1 that leads to one endpoint, for ever.
/// </summary>
internal sealed class IdealSubject(SubjectKind kind, Workspace workspace) : PeerSubject(kind, workspace)
{
    private readonly SubjectKind _kind = kind;
    private IPEndPoint _address = new(IPAddress.Loopback, 0);
    private IPEndPoint _endpoint = new(IPAddress.Loopback, 0);

    protected override ImmutableArray<string> Command =>
    [
        _kind.Program, .. new[] { Environment.ProcessorCount, _address.Port, _endpoint.Port }.Select(n => n.ToString(CultureInfo.InvariantCulture)),
    ];

    protected override int StopSignal => Signals.Terminate;

    /// <summary>Compiles it; null when there is no compiler, or no source.</summary>
    public static async Task<string?> CompileAsync(Workspace workspace, CancellationToken cancellation)
    {
        if (Programs.Find("cc") is not { } compiler || Programs.FindCheckout() is not { } checkout)
        {
            return null;
        }

        string program = Path.Combine(workspace.Folder, "ideal");
        string source = Path.Combine(checkout, "bench", "ideal", "relay.c");
        return await PeerProcess.ReadAsync([compiler, "-O2", "-o", program, source, "-lpthread"], cancellation) is null ? null : program;
    }

    protected override void WriteConfiguration(ImmutableArray<SubjectListener> listeners)
    {
        if (listeners is not [{ Endpoints: [{ } endpoint] } listener])
        {
            throw new LoadException($"{Name} has one listener and one endpoint");
        }

        _address = listener.Address;
        _endpoint = endpoint;
    }

    protected override Task ApplyAsync(
        ImmutableArray<SubjectListener> before, ImmutableArray<SubjectListener> after, CancellationToken cancellation) =>
        throw new LoadException($"{Name} cannot be changed");
}
