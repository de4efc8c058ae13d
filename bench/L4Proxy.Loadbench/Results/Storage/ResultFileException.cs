namespace L4Proxy.Loadbench.Results.Storage;

/// <summary>A file that is no result; the message, one line, names it and says why.</summary>
internal sealed class ResultFileException(string message, Exception? inner = null) : Exception(message, inner);
