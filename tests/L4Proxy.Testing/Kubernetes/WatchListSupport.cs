namespace L4Proxy.Testing.Kubernetes;

/// <summary>How the server answers a watch with <c>sendInitialEvents</c>.</summary>
public enum WatchListSupport
{
    /// <summary>As 1.34 and later do: with the objects there are, then a bookmark that marks their end.</summary>
    Enabled,

    /// <summary>As 1.27 to 1.31 do unless told otherwise: 422, the feature gate is off.</summary>
    Disabled,

    /// <summary>As servers before 1.27 do, which do not know the parameter: 422 for the resourceVersionMatch that goes with it.</summary>
    Unknown,

    /// <summary>As something between that drops what it does not know: a plain watch, the mark never comes.</summary>
    Ignored,
}
