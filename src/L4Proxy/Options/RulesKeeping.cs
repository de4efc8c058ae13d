namespace L4Proxy.Options;

/// <summary>Whether rules stay in the kernel when the process ends.</summary>
internal enum RulesKeeping : byte
{
    /// <summary>They stay where the kernel carries the connections, and go where this process does: a dead proxy must not swallow traffic.</summary>
    Auto,

    Stay,

    Go,
}
