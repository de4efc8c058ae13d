namespace L4Proxy.DataPlane.Dialing;

/// <summary>What became of the attempts for one client so far.</summary>
[Flags]
internal enum DialOutcomes : byte
{
    None = 0,
    Refused = 1,
    Silent = 2,
    NoLocalPort = 4,
    NoResources = 8,
}
