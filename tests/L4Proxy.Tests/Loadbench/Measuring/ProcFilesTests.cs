using System.Collections.Immutable;
using System.Diagnostics;
using L4Proxy.Loadbench.Measuring;
using L4Proxy.Testing;
using Xunit;

namespace L4Proxy.Tests.Loadbench.Measuring;

public sealed class ProcFilesTests
{
    [Fact]
    public void ParseStat_NameWithBlanksAndParentheses_IsSkipped()
    {
        ProcessStat? stat = ProcFiles.ParseStat("4242 (odd) S 1 (x) R 17 4242 4242 0 -1 4194560 1 2 3 4 100 20 7 3 20 0 1 0 5 6 7");

        Assert.Equal(new ProcessStat(Parent: 17, UserTicks: 107, SystemTicks: 23, ChildTicks: 10), stat);
    }

    [Fact]
    public void ParseStat_ProcessThatHasEnded_IsNull() => Assert.Null(ProcFiles.ParseStat(null));

    [Fact]
    public void ParseStatusBytes_Field_IsNotTakenForAnotherThatBeginsTheSame()
    {
        const string Status = "Name:\tx\nVmRSSx:\t   1 kB\nVmRSS:\t    2048 kB\nRssAnon:\t      12 kB\n";

        Assert.Equal(2048 * 1024, ProcFiles.ParseStatusBytes(Status, "VmRSS"));
        Assert.Equal(12 * 1024, ProcFiles.ParseStatusBytes(Status, "RssAnon"));
        Assert.Equal(0, ProcFiles.ParseStatusBytes(Status, "VmHWM"));
        Assert.Equal(0, ProcFiles.ParseStatusBytes(null, "VmHWM"));
    }

    [Fact]
    public void Of_ThisProcess_HasMemoryAndTime()
    {
        int self = Environment.ProcessId;
        MemoryReading memory = MemoryReading.Of([self]);
        ProcessorReading before = ProcessorReading.Of([self]);
        ImmutableArray<int> tree = ProcessTree.Of(self);
        ProcessorUse use = ProcessorReading.Of([self]).Since(before);

        Assert.True(memory.Peak >= memory.Resident && memory.Resident > memory.Private && memory.Private > 0, $"{memory}");
        Assert.True(use.Total > 0, $"{use}");
        Assert.Equal(self, tree[0]);
    }

    [Fact]
    public async Task Of_ProcessWithAChild_HasBoth()
    {
        using Process parent = Process.Start("sh", ["-c", "sleep 60 & wait"])!;
        try
        {
            await Eventually.True(() => ProcessTree.Of(parent.Id).Length == 2);
            Assert.Equal(parent.Id, ProcessTree.Of(parent.Id)[0]);
        }
        finally
        {
            parent.Kill(entireProcessTree: true);
        }
    }

    [Fact]
    public void Of_ProcessThatHasEnded_IsNothing()
    {
        const int Nobody = int.MaxValue;

        Assert.Empty(ProcessTree.Of(Nobody));
        Assert.Equal(default, MemoryReading.Of([Nobody]));
        Assert.Equal(default, ProcessorReading.Of([Nobody]).Since(ProcessorReading.Of([Nobody])));
    }
}
