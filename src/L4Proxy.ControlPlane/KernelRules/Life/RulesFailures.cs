using Microsoft.Extensions.Logging;

namespace L4Proxy.ControlPlane.KernelRules.Life;

/// <summary>Says why rules are not in force: each cause once until they are again. Not for several threads at a time.</summary>
internal sealed class RulesFailures(ILogger logger, string backend)
{
    /// <summary>Messages of tools may hold numbers that differ each time; beyond this many the rest is the counter's.</summary>
    private const int MostMessages = 16;

    private readonly HashSet<string> _said = new(StringComparer.Ordinal);

    public void Failed(string cause)
    {
        if (_said.Count < MostMessages && _said.Add(cause))
        {
            RulesLog.Failed(logger, backend, cause);
        }
    }

    /// <summary>Rules are in force, after that many failures.</summary>
    public void Succeeded(int failures)
    {
        if (failures > 0)
        {
            RulesLog.Recovered(logger, backend, failures);
            _said.Clear();
        }
    }
}
