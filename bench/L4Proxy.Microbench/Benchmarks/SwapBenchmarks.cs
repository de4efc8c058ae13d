using System.Collections.Immutable;
using BenchmarkDotNet.Attributes;
using L4Proxy.DataPlane;
using L4Proxy.DataPlane.Services;
using Microsoft.Extensions.Logging.Abstractions;

namespace L4Proxy.Microbench.Benchmarks;

/// <summary>Another table of 10,000 Services with 10 endpoints each is put in force, without the system calls of listening.</summary>
public class SwapBenchmarks
{
    private const int Services = 10_000;
    private const int Endpoints = 10;

    private Func<ServiceTable, Task<ApplyResult>> _apply = null!;
    private ServiceTable _table = null!;
    private ServiceTable _changed = null!;
    private ServiceTable _equal = null!;
    private bool _isOther;

    [GlobalSetup]
    public void Setup()
    {
        ImmutableArray<ServiceEntry> entries = Entries.Table(Services, Endpoints);
        _table = new ServiceTable(entries);
        _changed = new ServiceTable(Entries.WithOneChange(entries));
        _equal = new ServiceTable(Entries.Table(Services, Endpoints));
        // There is nothing to stop: it has neither sockets nor threads.
        _apply = new ProxyServer(new SilentEngine(), TimeProvider.System, NullLoggerFactory.Instance).ApplyAsync;
        Apply(_table);
    }

    /// <summary>One endpoint of one Service is another one; all other entries are the same objects.</summary>
    [Benchmark]
    public ApplyResult OneEndpoint() => Apply(Next(_changed));

    /// <summary>All entries are other objects that say the same, as after a source has started anew.</summary>
    [Benchmark]
    public ApplyResult EveryEntry() => Apply(Next(_equal));

    private ServiceTable Next(ServiceTable other)
    {
        _isOther = !_isOther;
        return _isOther ? other : _table;
    }

    /// <summary>Nothing in it waits for anything, so that all is done by this thread.</summary>
    private ApplyResult Apply(ServiceTable table)
    {
        Task<ApplyResult> applied = _apply(table);
        return applied.IsCompleted ? applied.GetAwaiter().GetResult() : throw new InvalidOperationException("another thread took part");
    }
}
