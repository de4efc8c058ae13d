using System.Net;

namespace L4Proxy.SystemTests.Targets;

/// <summary>What an endpoint said.</summary>
/// <param name="EndPoint">Where it is.</param>
/// <param name="Client">The client that it saw.</param>
internal sealed record TargetAnswer(IPEndPoint EndPoint, IPAddress Client)
{
    public override string ToString() => $"{EndPoint} saw {Client}";
}
