using System.Diagnostics;
using System.Reflection;
using BenchmarkDotNet.Parameters;
using BenchmarkDotNet.Running;

namespace L4Proxy.Microbench.Allocations;

/// <summary>
/// Measures one benchmark by the runtime's count of bytes that this thread allocated, which is exact. Others may use the machine meanwhile.
/// </summary>
internal static class AllocationMeter
{
    /// <summary>What is allocated only now and then, such as a pooled array after the collector emptied its pool, is not in all of them.</summary>
    private const int Batches = 5;

    /// <summary>Enough for the growth of a collection, which happens now and then, to count by its share.</summary>
    private const int Operations = 2_000;

    /// <summary>For those that take longer than <see cref="s_long"/>.</summary>
    private const int LongOperations = 1;

    private static readonly TimeSpan s_long = TimeSpan.FromMilliseconds(1);

    public static MeasuredAllocation Measure(BenchmarkCase benchmark)
    {
        object target = Activator.CreateInstance(benchmark.Descriptor.Type)!;
        foreach (ParameterInstance parameter in benchmark.Parameters.Items)
        {
            benchmark.Descriptor.Type.GetProperty(parameter.Name)!.SetValue(target, parameter.Value);
        }

        benchmark.Descriptor.GlobalSetupMethod?.Invoke(target, null);
        Func<int, long> run = RunnerOf(target, benchmark.Descriptor.WorkloadMethod);
        return new MeasuredAllocation(NameOf(benchmark), Measure(run));
    }

    private static long Measure(Func<int, long> run)
    {
        // The first operations make what is made once; the first of all is compiled too, which takes longer.
        run(2);
        long start = Stopwatch.GetTimestamp();
        run(1);
        int operations = Stopwatch.GetElapsedTime(start) > s_long ? LongOperations : Operations;
        run(operations);
        long least = Enumerable.Range(0, Batches).Min(_ => run(operations));
        return (least + operations - 1) / operations;
    }

    private static string NameOf(BenchmarkCase benchmark)
    {
        string parameters = string.Join(", ", benchmark.Parameters.Items.Select(p => $"{p.Name}: {p.Value}"));
        return $"{benchmark.Descriptor.Type.Name}.{benchmark.Descriptor.WorkloadMethod.Name}({parameters})";
    }

    /// <summary>Runs a number of operations, and returns the bytes allocated meanwhile.</summary>
    private static Func<int, long> RunnerOf(object target, MethodInfo method)
    {
        if (method.ReturnType == typeof(void))
        {
            Action operation = method.CreateDelegate<Action>(target);
            return count => Run(operation, count);
        }

        // Typed by what is returned, so that no number is boxed.
        return (Func<int, long>)typeof(AllocationMeter)
            .GetMethod(nameof(TypedRunnerOf), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(method.ReturnType)
            .Invoke(null, [target, method])!;
    }

    private static Func<int, long> TypedRunnerOf<T>(object target, MethodInfo method)
    {
        Func<T> operation = method.CreateDelegate<Func<T>>(target);
        return count => Run(operation, count);
    }

    private static long Run(Action operation, int count)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < count; i++)
        {
            operation();
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static long Run<T>(Func<T> operation, int count)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < count; i++)
        {
            operation();
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
