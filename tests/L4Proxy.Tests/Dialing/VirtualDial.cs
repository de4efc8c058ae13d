using L4Proxy.DataPlane.Telemetry;

namespace L4Proxy.Tests.Dialing;

/// <summary>What became of a client: the endpoint it got, after how long, and what was tried for it.</summary>
internal sealed record VirtualDial(int? Endpoint, long ElapsedMs, IReadOnlyList<int> Tried, CloseReason Reason);
