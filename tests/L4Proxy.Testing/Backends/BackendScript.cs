using L4Proxy.Testing.Clients;

namespace L4Proxy.Testing.Backends;

/// <summary>What a backend does with one connection. When it returns, the connection is closed.</summary>
/// <param name="connection">The accepted connection.</param>
/// <param name="stopping">Cancelled when the backend stops.</param>
public delegate Task BackendScript(TcpPeer connection, CancellationToken stopping);
