namespace L4Proxy.ControlPlane;

public enum ProblemSeverity : byte
{
    /// <summary>Left out on purpose, for example a kind of object that is not served.</summary>
    Note,

    /// <summary>Served, but not as written.</summary>
    Warning,

    /// <summary>Not served because of a mistake in the input.</summary>
    Error,
}
