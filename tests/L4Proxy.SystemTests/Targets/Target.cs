using System.Net;
using System.Net.Sockets;

namespace L4Proxy.SystemTests.Targets;

/// <summary>What a client tries, and what is expected of it.</summary>
internal sealed record Target
{
    public required ClientKind Client { get; init; }

    /// <summary>The Service; empty for an address that none has.</summary>
    public string Service { get; init; } = "";

    /// <summary>What the address is, for messages.</summary>
    public required string Name { get; init; }

    public required ProtocolType Protocol { get; init; }

    public required IPEndPoint Address { get; init; }

    public required TargetFate Fate { get; init; }

    /// <summary>All answers that a client may get; empty unless it is served.</summary>
    public IReadOnlySet<TargetAnswer> Answers { get; init; } = new HashSet<TargetAnswer>();

    /// <summary>Whether a client stays with one endpoint.</summary>
    public bool IsSticky { get; init; }

    public (ClientKind, ProtocolType, IPEndPoint) Key => (Client, Protocol, Address);

    public string Expectation => Fate == TargetFate.Served ? $"{(IsSticky ? "one" : "all")} of [{string.Join(", ", Answers.Select(a => $"{a}").Order())}]" : $"{Fate}";

    public override string ToString() => $"{Client} -> {Service} {Name} {Protocol} {Address}";
}
