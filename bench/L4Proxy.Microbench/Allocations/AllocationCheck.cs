using System.Collections.Immutable;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Running;

namespace L4Proxy.Microbench.Allocations;

/// <summary>Measures what all benchmarks allocate, and compares it with what they may.</summary>
internal static class AllocationCheck
{
    /// <returns>0, or 1 when a line was written that says what is wrong.</returns>
    public static int Run(string file, TextWriter output)
    {
        AllowedAllocations allowed = AllowedAllocations.Read(file);
        ImmutableArray<MeasuredAllocation> measured = Measure();
        ImmutableArray<string> excesses = [.. allowed.Compare(measured)];
        foreach (string excess in excesses)
        {
            output.WriteLine(excess);
        }

        output.WriteLine($"{measured.Length} benchmarks, {excesses.Length} not as allocations.txt allows");
        return excesses.IsEmpty ? 0 : 1;
    }

    public static ImmutableArray<MeasuredAllocation> Measure() =>
    [
        .. typeof(AllocationCheck).Assembly.GetTypes()
            .Where(t => Array.Exists(t.GetMethods(), m => m.IsDefined(typeof(BenchmarkAttribute), inherit: false)))
            .SelectMany(t => BenchmarkConverter.TypeToBenchmarks(t).BenchmarksCases)
            .Select(AllocationMeter.Measure),
    ];
}
