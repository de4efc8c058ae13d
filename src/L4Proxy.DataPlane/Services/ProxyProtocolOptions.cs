namespace L4Proxy.DataPlane.Services;

/// <summary>PROXY protocol headers: told to endpoints, and demanded of clients.</summary>
public sealed record ProxyProtocolOptions
{
    /// <summary>The header that an endpoint gets as the first bytes of each connection.</summary>
    public ProxyProtocolVersion Send { get; init; }

    /// <summary>Whether a header of version 2 carries a CRC32C of itself.</summary>
    public bool SendChecksum { get; init; }

    /// <summary>
    /// Whether every client has to begin with a header, of either version. The specification forbids to guess (section
    /// 2): who sends none is reset.
    /// </summary>
    public bool Accept { get; init; }

    /// <summary>The peers whose header is believed; all others are reset. Empty trusts nobody.</summary>
    public NetworkSet TrustedSources { get; init; } = NetworkSet.Empty;

    /// <summary>
    /// How long a client may take to send its header, from accept on: 1 ms to 1 h. The specification asks for 3 s at
    /// least, for a retransmission; with the retransmissions of RFC 6298 after 1 s and 3 s, 5 s forgives two losses.
    /// </summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);
}
