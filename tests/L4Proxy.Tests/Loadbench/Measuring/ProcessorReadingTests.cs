using System.Collections.Immutable;
using L4Proxy.Loadbench.Measuring;
using Xunit;

namespace L4Proxy.Tests.Loadbench.Measuring;

public sealed class ProcessorReadingTests
{
    [Fact]
    public void Since_SameThreads_TakesTheWholeFromNanosecondsAndSharesFromTicks()
    {
        ProcessorReading before = Reading(10, 10, (1, 5_000_000), (2, 1_000_000));
        ProcessorReading after = Reading(11, 13, (1, 25_000_000), (2, 22_000_000));

        Assert.Equal(new ProcessorUse(User: 41_000 * 0.25, System: 41_000 * 0.75), after.Since(before));
    }

    [Fact]
    public void Since_NewThread_CountsFromItsBeginning() =>
        Assert.Equal(3_000, Reading(1, 0, (1, 1_000_000), (2, 3_000_000)).Since(Reading(0, 0, (1, 1_000_000))).Total);

    [Fact]
    public void Since_ThreadHasEnded_FallsBackToTicksWhichStillHaveIt() =>
        Assert.Equal(
            new ProcessorUse(User: 20_000, System: 10_000), Reading(2, 1, (1, 1_000_000)).Since(Reading(0, 0, (1, 1_000_000), (2, 9_000_000))));

    /// <summary>A worker that was started and ended between two readings is in neither, but its parent has waited for it.</summary>
    [Fact]
    public void Since_ProcessLivedInBetween_IsTakenFromTheTicks() =>
        Assert.Equal(500_000, Reading(30, 20, (1, 4_000_000)).Since(Reading(0, 0, (1, 1_000_000))).Total);

    [Fact]
    public void Since_ThreadThatDidLittleHasEnded_KeepsThePrecisionOfTheOthers() =>
        Assert.Equal(
            41_000, Reading(3, 3, (1, 42_000_000)).Since(Reading(0, 0, (1, 1_000_000), (2, 9_000_000))).Total);

    [Fact]
    public void Since_NumberOfAThreadIsTakenAnew_IsNotNegative() =>
        Assert.Equal(2_000, Reading(0, 0, (1, 2_000_000)).Since(Reading(0, 0, (1, 9_000_000))).Total);

    [Fact]
    public void With_OtherProcesses_AddsThem()
    {
        ProcessorReading both = Reading(1, 2, (1, 10)).With(Reading(3, 4, (2, 20)));

        Assert.Equal((4, 6, 2), (both.UserTicks, both.SystemTicks, both.Processes));
        Assert.Equal(30, both.NanosecondsByThread.Values.Sum());
    }

    [Fact]
    public void Since_LessThanATick_IsSharedAsBefore() =>
        Assert.Equal(new ProcessorUse(User: 1_000, System: 3_000), Reading(10, 30, (1, 4_000_000)).Since(Reading(10, 30, (1, 0))));

    private static ProcessorReading Reading(long user, long system, params (int Thread, long Nanoseconds)[] threads) => new()
    {
        UserTicks = user,
        SystemTicks = system,
        Processes = 1,
        NanosecondsByThread = threads.ToImmutableDictionary(t => t.Thread, t => t.Nanoseconds),
    };
}
