using L4Proxy.DataPlane.Dialing;

namespace L4Proxy.Tests.Dialing;

internal enum DialEventKind
{
    Wait,
    Connect,
    Fail,
    Abort,
    Rebind,
    Health,
}

/// <summary>Something that happens to a search.</summary>
internal sealed record DialEvent(DialEventKind Kind, int DelayMs, int Slot, DialError Error, int Number);
