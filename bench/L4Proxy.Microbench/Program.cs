using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using L4Proxy.Microbench.Allocations;

namespace L4Proxy.Microbench;

/// <summary>
/// Benchmarks of single parts. With <c>--allocations</c> allocated bytes are compared with allocations.txt, and nothing is timed; with a path
/// after it, what was measured is written there as what is allowed. All other arguments are BenchmarkDotNet's.
/// </summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        switch (args)
        {
            case ["--allocations"]:
                return AllocationCheck.Run(AllowedAllocations.DefaultFile, Console.Out);
            case ["--allocations", string file]:
                AllowedAllocations.Of(AllocationCheck.Measure()).Write(file);
                return 0;
            default:
                // In this process: projects that BenchmarkDotNet generates would be held to the analyzers of this tree.
                IConfig config = DefaultConfig.Instance
                    .AddDiagnoser(MemoryDiagnoser.Default)
                    .AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance));
                BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, config);
                return 0;
        }
    }
}
