using System.Collections.Immutable;
using System.Diagnostics;
using L4Proxy.Loadbench.Subjects;

namespace L4Proxy.Loadbench.Measuring;

/// <summary>Processor time and memory of a proxy, and processor time of the backends behind it, over the time that counts.</summary>
internal sealed class SubjectMeter(ISubject subject, ImmutableArray<int> backends)
{
    /// <summary>Found beforehand: that takes milliseconds, which are not to count.</summary>
    private readonly ImmutableArray<int> _processes = subject.ProcessIds;

    private ProcessorReading? _subjectBefore;
    private ProcessorReading? _backendsBefore;
    private long _begun;

    public ProcessorUse Subject { get; private set; }

    public ProcessorUse Backends { get; private set; }

    public MemoryReading Memory { get; private set; }

    public TimeSpan Elapsed { get; private set; }

    public void Begin()
    {
        foreach (int id in _processes)
        {
            ProcFiles.ResetPeak(id);
        }

        _backendsBefore = ProcessorReading.Of(backends);
        _subjectBefore = ProcessorReading.Of(_processes);
        _begun = Stopwatch.GetTimestamp();
    }

    /// <summary>Reads anew; has no effect before <see cref="Begin"/>.</summary>
    public void End()
    {
        if (_subjectBefore is null || _backendsBefore is null)
        {
            return;
        }

        // At once, before what takes time: the load is over, and what a proxy does from here on belongs to no operation that was counted.
        Elapsed = Stopwatch.GetElapsedTime(_begun);
        ProcessorReading subjectNow = ProcessorReading.Of(_processes);
        Backends = ProcessorReading.Of(backends).Since(_backendsBefore);

        ImmutableArray<int> processes = subject.ProcessIds;
        Subject = subjectNow.With(ProcessorReading.Of(processes.Except(_processes))).Since(_subjectBefore);
        Memory = MemoryReading.Of(processes);
    }
}
