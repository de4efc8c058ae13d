using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using L4Proxy.ControlPlane.Names;

namespace L4Proxy.Tests.Names;

/// <summary>Answers what the test last said; a name that was never set does not exist.</summary>
internal sealed class FakeResolver : INameResolver
{
    private readonly ConcurrentDictionary<string, IPAddress[]> _answers = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, int> _calls = new(StringComparer.OrdinalIgnoreCase);

    public int CallsFor(string host) => _calls.GetValueOrDefault(host);

    public int Calls => _calls.Values.Sum();

    public void Set(string host, params string[] addresses) => _answers[host] = [.. addresses.Select(IPAddress.Parse)];

    public void Fail(string host) => _answers.TryRemove(host, out _);

    public ValueTask<IPAddress[]> ResolveAsync(string host, CancellationToken cancellation)
    {
        IPAddress[]? answer = _answers.GetValueOrDefault(host);
        _calls.AddOrUpdate(host, 1, (_, n) => n + 1);
        return answer is null
            ? ValueTask.FromException<IPAddress[]>(new SocketException((int)SocketError.HostNotFound))
            : ValueTask.FromResult(answer);
    }
}
