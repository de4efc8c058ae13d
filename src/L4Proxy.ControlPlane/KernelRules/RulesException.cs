namespace L4Proxy.ControlPlane.KernelRules;

/// <summary>Rules could not be read, applied or removed; the message is one line that names the tool and what it said.</summary>
public sealed class RulesException : Exception
{
    public RulesException(string message)
        : base(message)
    {
    }

    public RulesException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>Whether somebody else had what only one may have at a time, so that the same may work a moment later.</summary>
    public bool IsBusy { get; init; }
}
