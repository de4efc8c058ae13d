using System.Diagnostics;
using L4Proxy.Loadbench.Measuring;
using L4Proxy.Testing;
using Xunit;

namespace L4Proxy.Tests.Loadbench.Measuring;

public sealed class MachineReadingTests
{
    private static readonly long s_second = Stopwatch.Frequency;

    [Fact]
    public void ParseProcessors_FirstLine_LeavesOutWaitingAndInterrupts() =>
        Assert.Equal((111, 8), MachineReading.ParseProcessors("cpu  100 10 1 1000 2000 400 500 8 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n"));

    [Fact]
    public void ParseProcessors_Nothing_IsZero() => Assert.Equal((0, 0), MachineReading.ParseProcessors(null));

    [Fact]
    public void ForeignShareSince_OwnWork_IsNone()
    {
        MachineReading before = new(0, BusyTicks: 1000, StolenTicks: 0, OwnTicks: 500, OtherTicks: 400);

        Assert.Equal(0, (before with { Timestamp = s_second, BusyTicks = 1150, OwnTicks = 650 }).ForeignShareSince(before));
    }

    /// <summary>Of 100 ticks for each core in a second.</summary>
    [Theory]
    [InlineData(50, 0, 50, 0, 0)]
    [InlineData(50, 10, 10, 0, 40)]
    [InlineData(50, 40, 10, 0, 40)]
    [InlineData(0, 0, 0, 20, 20)]
    [InlineData(0, 30, 50, 0, 30)]
    public void ForeignShareSince_Others_IsTheGreaterBoundAndWhatWasStolen(int busy, int other, int own, int stolen, int expected)
    {
        MachineReading before = new(0, BusyTicks: 1000, StolenTicks: 10, OwnTicks: 500, OtherTicks: 400);
        MachineReading after = new(s_second, 1000 + busy, 10 + stolen, 500 + own, 400 + other);

        Assert.Equal(expected / 100.0 / Environment.ProcessorCount, after.ForeignShareSince(before), 6);
    }

    [Fact]
    public void Take_ProcessThatHasEnded_StaysThisProgramsOwn()
    {
        Requires.Linux();
        MachineReading before = MachineReading.Take();
        using (Process child = Process.Start("sh", ["-c", "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done"]))
        {
            child.WaitForExit();
        }

        Assert.True(MachineReading.Take().OwnTicks >= before.OwnTicks + 5, "a loop of some tenths of a second");
    }
}
