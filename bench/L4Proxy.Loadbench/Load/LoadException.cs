namespace L4Proxy.Loadbench.Load;

/// <summary>A failure that the message, one line, explains to the user.</summary>
internal sealed class LoadException(string message, Exception? inner = null) : Exception(message, inner);
