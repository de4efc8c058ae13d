using L4Proxy.ControlPlane.Sync;
using L4Proxy.Testing;
using L4Proxy.Testing.Time;
using Xunit;

namespace L4Proxy.Tests.Sync;

public sealed class CoalescerTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly Coalescer _coalescer;

    public CoalescerTests() => _coalescer = new Coalescer(_time, TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(250));

    public void Dispose() => _coalescer.Dispose();

    [Fact]
    public async Task Signal_Alone_ComesAfterTheQuietTime()
    {
        Task<bool> due = Wait();
        _coalescer.Signal();
        Advance(49);
        Assert.False(due.IsCompleted);

        Advance(1);

        await due.Within();
    }

    [Fact]
    public async Task Signals_InABurst_ComeAsOneAfterIt()
    {
        Task<bool> due = Wait();
        for (int i = 0; i < 4; i++)
        {
            _coalescer.Signal();
            Advance(40);
            Assert.False(due.IsCompleted);
        }

        Advance(10);
        await due.Within();

        Task<bool> next = Wait();
        Advance(10_000);
        Assert.False(next.IsCompleted);
    }

    [Fact]
    public async Task Signals_WithoutEnd_AreNotHeldBackLongerThanTheMaximum()
    {
        Task<bool> due = Wait();
        for (int i = 0; i < 25; i++)
        {
            Assert.False(due.IsCompleted);
            _coalescer.Signal();
            Advance(10);
        }

        // The clock's frequency makes the elapsed time come out a fraction short.
        Advance(1);
        await due.Within();
    }

    [Fact]
    public async Task SignalNow_DuringABurst_ComesAtOnceAndOnce()
    {
        _coalescer.Signal();
        _coalescer.SignalNow();
        await Wait().Within();

        // The timer of the burst may still run out: at most one signal too many, and none is lost.
        Advance(50);
        _coalescer.Signal();
        Advance(50);
        await Wait().Within();
    }

    [Fact]
    public async Task Signal_WhileNobodyWaits_IsKept()
    {
        _coalescer.Signal();
        Advance(50);

        await Wait().Within();
    }

    [Fact]
    public void Signal_AfterDispose_DoesNothing()
    {
        _coalescer.Dispose();
        _coalescer.Signal();

        Assert.Equal(0, _time.ArmedTimers);
    }

    private Task<bool> Wait() => _coalescer.WaitAsync(CancellationToken.None).AsTask();

    private void Advance(int milliseconds) => _time.Advance(TimeSpan.FromMilliseconds(milliseconds));
}
