using FsCheck;
using FsCheck.Fluent;

namespace L4Proxy.Tests.Balancing;

/// <summary>Random sequences of events for tests of state machines against a model.</summary>
internal static class Scripts
{
    /// <summary>Runs a property over random scripts; a failing one is made shorter before it is shown.</summary>
    public static void Check<T>(Gen<T> step, int steps, int runs, Action<T[]> property)
    {
        Arbitrary<T[]> scripts = Arb.From(
            Gen.Choose(0, steps).SelectMany(count => step.ArrayOf(count)),
            Shorter);
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(runs), Prop.ForAll(scripts, property));
    }

    /// <summary>The script without a half, a quarter, ... a single step of it.</summary>
    private static IEnumerable<T[]> Shorter<T>(T[] script)
    {
        for (int size = Math.Max(1, script.Length / 2); size >= 1 && script.Length > 0; size /= 2)
        {
            for (int start = 0; start < script.Length; start += size)
            {
                yield return [.. script.Take(start), .. script.Skip(start + size)];
            }
        }
    }
}
