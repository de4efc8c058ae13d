namespace L4Proxy.Loadbench.Load;

/// <summary>What each connection of a load does.</summary>
internal enum LoadKind
{
    /// <summary>One request after the other over connections that stay.</summary>
    Exchange,

    /// <summary>Connect, one exchange, close; as many connections at a time as the plan says.</summary>
    ConnectExchange,

    /// <summary>Connections that are opened and then kept without traffic.</summary>
    Hold,
}
