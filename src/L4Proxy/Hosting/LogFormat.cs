namespace L4Proxy.Hosting;

/// <summary>How log lines are written.</summary>
internal enum LogFormat : byte
{
    /// <summary>One readable line each.</summary>
    Text,

    /// <summary>One JSON object a line.</summary>
    Json,
}
