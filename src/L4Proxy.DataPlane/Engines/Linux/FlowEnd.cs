namespace L4Proxy.DataPlane.Engines.Linux;

/// <summary>How the source of a flow ended it.</summary>
internal enum FlowEnd : byte
{
    /// <summary>It is open.</summary>
    None,

    /// <summary>By FIN: everything it sent has been read.</summary>
    Fin,

    /// <summary>By RST, or the socket failed.</summary>
    Reset,
}
