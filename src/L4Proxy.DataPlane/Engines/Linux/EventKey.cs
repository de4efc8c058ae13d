namespace L4Proxy.DataPlane.Engines.Linux;

/// <summary>
/// The 64 bits that epoll hands back with an event: a place in a table, what the descriptor is there, and the life
/// of the place, since an event may outlive the connection that it was for within one batch.
/// </summary>
internal readonly struct EventKey(ulong value)
{
    /// <summary>The loop's own wake-up descriptor: the place after the last possible listener.</summary>
    public const ulong Wake = (ulong)uint.MaxValue & ~3UL;

    public EventKey(EventRole role, int index, uint generation)
        : this((ulong)role | ((ulong)(uint)index << 2) | ((ulong)generation << 32))
    {
    }

    /// <summary>The role of a dial session's slot.</summary>
    public static EventRole Upstream(int slot) => (EventRole)((int)EventRole.Upstream0 + slot);

    public ulong Value => value;

    public EventRole Role => (EventRole)(value & 3);

    public int Index => (int)((uint)value >> 2);

    public uint Generation => (uint)(value >> 32);
}
