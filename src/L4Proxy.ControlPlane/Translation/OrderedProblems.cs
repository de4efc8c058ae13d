using System.Collections.Immutable;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>Problems of many Services as one list, which is made anew only when one of them changed.</summary>
internal sealed class OrderedProblems
{
    private readonly SortedDictionary<ServiceId, ImmutableArray<Problem>> _byService = [];
    private ImmutableArray<Problem> _list = [];
    private bool _changed;

    /// <summary>All problems, ordered by Service; the same instance while nothing changes.</summary>
    public ImmutableArray<Problem> List
    {
        get
        {
            if (_changed)
            {
                _list = [.. _byService.Values.SelectMany(static p => p)];
                _changed = false;
            }

            return _list;
        }
    }

    public void Set(ServiceId service, ImmutableArray<Problem> problems)
    {
        bool had = _byService.TryGetValue(service, out ImmutableArray<Problem> before);
        if (problems.IsEmpty)
        {
            _changed |= had;
            _byService.Remove(service);
        }
        else if (!had || !before.AsSpan().SequenceEqual(problems.AsSpan()))
        {
            _changed = true;
            _byService[service] = problems;
        }
    }
}
