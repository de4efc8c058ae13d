using System.Collections.Immutable;
using System.Net;

namespace L4Proxy.ControlPlane.Forwarding;

/// <summary>One listener given on the command line: <c>[tcp:]LISTEN=BACKEND[,BACKEND...]</c>.</summary>
/// <param name="Listen">Address and port; port 0 asks for any free one.</param>
/// <param name="Backends">At least one, each address once.</param>
public sealed record ForwardSpec(IPEndPoint Listen, ImmutableArray<ForwardBackend> Backends)
{
    /// <summary>The grammar in one line, for help and errors.</summary>
    public const string Grammar = "[tcp:]LISTEN=HOST:PORT[/weight=N][,HOST:PORT...], LISTEN is PORT, ADDRESS:PORT or [V6]:PORT";

    /// <summary>As the user wrote it.</summary>
    public string Text { get; init; } = "";

    /// <summary>As it would be written; reading this gives an equal spec.</summary>
    public override string ToString() => $"{Listen}={string.Join(',', Backends)}";

    /// <summary>Equal when they listen on the same address and go to the same backends; the spelling does not count.</summary>
    public bool Equals(ForwardSpec? other) =>
        other is not null && Listen.Equals(other.Listen) && Backends.SequenceEqual(other.Backends);

    public override int GetHashCode() => HashCode.Combine(Listen, Backends.Length);
}
