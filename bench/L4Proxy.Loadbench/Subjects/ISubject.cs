using System.Collections.Immutable;
using System.Diagnostics;
using System.Net;

namespace L4Proxy.Loadbench.Subjects;

/// <summary>A proxy that is measured, or none. Owns the processes that it started, and ends them.</summary>
internal interface ISubject : IAsyncDisposable
{
    /// <summary>Such as <c>haproxy</c>, <c>nginx</c>, <c>l4proxy-linux</c>, <c>l4proxy-portable</c>, <c>direct</c>.</summary>
    string Name { get; }

    /// <summary>What the program says of its version.</summary>
    string Version { get; }

    /// <summary>How it was started.</summary>
    string CommandLine { get; }

    /// <summary>The files that it was started with, by name; none without files.</summary>
    ImmutableSortedDictionary<string, string> Configuration => ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Its processes now, children included; none for <c>direct</c>.</summary>
    ImmutableArray<int> ProcessIds { get; }

    /// <summary>Starts it; on return it accepts on all listeners.</summary>
    Task StartAsync(ImmutableArray<SubjectListener> listeners, CancellationToken cancellation);

    /// <summary>Puts other listeners or endpoints in force in the way that an operator of this proxy would, without dropping clients.</summary>
    Task ChangeAsync(ImmutableArray<SubjectListener> listeners, CancellationToken cancellation);

    /// <summary>Ends its processes in the way that a service manager does, and leaves the rest to disposing.</summary>
    /// <returns>When it was told to end, as <see cref="Stopwatch"/> counts.</returns>
    Task<long> StopAsync() => Task.FromResult(Stopwatch.GetTimestamp());

    /// <summary>Where clients connect for a listener: the listener, or with no proxy an endpoint of it.</summary>
    IPEndPoint Target(SubjectListener listener);
}
