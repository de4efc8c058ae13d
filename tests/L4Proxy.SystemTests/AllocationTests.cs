using System.Diagnostics;
using L4Proxy.Testing;
using Xunit;

namespace L4Proxy.SystemTests;

/// <summary>What single parts allocate, which is exact on any machine, unlike the time that they take.</summary>
public sealed class AllocationTests
{
#if DEBUG
    private const string Configuration = "Debug";
#else
    private const string Configuration = "Release";
#endif

    /// <summary>Ten thousand Services are translated and applied a few times; a machine that is busy with other tests needs a while.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);

    /// <summary>When this fails for a good reason: <c>L4Proxy.Microbench --allocations FILE</c> writes the file anew.</summary>
    [Fact]
    public async Task Benchmarks_Allocations_AreWithinWhatIsAllowed()
    {
        string program = Repository.PathOf("bench", "L4Proxy.Microbench", "bin", Configuration, "net10.0", "L4Proxy.Microbench.dll");
        using Process process = Process.Start(new ProcessStartInfo("dotnet", ["exec", program, "--allocations"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        })!;
        try
        {
            string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(s_patience, TestContext.Current.CancellationToken);
            await process.WaitForExitAsync().Within();

            Assert.True(process.ExitCode == 0, output);
        }
        finally
        {
            process.Kill();
        }
    }
}
