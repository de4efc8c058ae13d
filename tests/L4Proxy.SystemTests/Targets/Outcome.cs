using System.Net;

namespace L4Proxy.SystemTests.Targets;

/// <summary>What rules make of a client's traffic.</summary>
/// <param name="Fate">Served, refused or dropped.</param>
/// <param name="Endpoints">By which it may be served.</param>
/// <param name="KeepsSource">Whether endpoints see the client's own address.</param>
internal sealed record Outcome(TargetFate Fate, IReadOnlyList<IPEndPoint> Endpoints, bool KeepsSource)
{
    public static readonly Outcome Dropped = new(TargetFate.Dropped, [], KeepsSource: false);

    public static readonly Outcome Refused = new(TargetFate.Refused, [], KeepsSource: false);
}
