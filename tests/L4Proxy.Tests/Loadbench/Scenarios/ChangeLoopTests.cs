using System.Collections.Immutable;
using System.Net;
using L4Proxy.Loadbench.Scenarios;
using L4Proxy.Loadbench.Subjects;
using Xunit;

namespace L4Proxy.Tests.Loadbench.Scenarios;

public sealed class ChangeLoopTests
{
    [Fact]
    public async Task RunAsync_SlowSubject_PutsWhatBecameDueInForceTogether()
    {
        using CancellationTokenSource stop = new();
        Slow subject = new(TimeSpan.FromMilliseconds(60), stop);
        List<int> states = [];
        ChangeLoop loop = new(subject, TimeSpan.FromMilliseconds(10), due =>
        {
            states.Add(due);
            return [];
        });

        await loop.RunAsync(stop.Token, CancellationToken.None);

        Assert.Equal(Slow.Changes, loop.Applications);
        Assert.True(states[^1] - states[^2] >= 5, $"in 60 ms, 6 changes become due: {string.Join(' ', states)}");
        Assert.Equal(states[^1], loop.InForce.Count);
        Assert.True(loop.InForce.Longest >= TimeSpan.FromMilliseconds(60), $"{loop.InForce.Longest}");
    }

    private sealed class Slow(TimeSpan time, CancellationTokenSource stop) : ISubject
    {
        public const int Changes = 3;

        private int _changes;

        public string Name => "slow";

        public string Version => "1";

        public string CommandLine => "";

        public ImmutableArray<int> ProcessIds => [];

        public Task StartAsync(ImmutableArray<SubjectListener> listeners, CancellationToken cancellation) => Task.CompletedTask;

        public async Task ChangeAsync(ImmutableArray<SubjectListener> listeners, CancellationToken cancellation)
        {
            await Task.Delay(time, cancellation);
            if (++_changes == Changes)
            {
                await stop.CancelAsync();
            }
        }

        public IPEndPoint Target(SubjectListener listener) => listener.Address;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
