namespace L4Proxy.Testing.Kubernetes;

/// <summary>One of: a change, a bookmark, bytes to send as they are, an end before its time.</summary>
internal readonly record struct WatchItem(
    StoreEvent? Change = null, long? BookmarkVersion = null, byte[]? Raw = null, FaultEnd? End = null);
