using System.Collections.Immutable;
using System.Net;

namespace L4Proxy.Loadbench.Subjects;

/// <summary>No proxy at all: clients connect to the endpoint.</summary>
internal sealed class DirectSubject(SubjectKind kind) : ISubject
{
    public string Name => kind.Name;

    public string Version => kind.Version;

    public string CommandLine => "";

    public ImmutableArray<int> ProcessIds => [];

    public Task StartAsync(ImmutableArray<SubjectListener> listeners, CancellationToken cancellation) => Task.CompletedTask;

    public Task ChangeAsync(ImmutableArray<SubjectListener> listeners, CancellationToken cancellation) => Task.CompletedTask;

    public IPEndPoint Target(SubjectListener listener) => listener.Endpoints[0];

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
