using System.Net.Sockets;

namespace L4Proxy.ControlPlane.KernelRules.Life;

/// <summary>
/// One programmer of rules at a time in a network namespace: an abstract Unix socket (unix(7)) belongs to the namespace, and goes
/// with the process however that ends, which no file does.
/// </summary>
public sealed class RulesLock : IDisposable
{
    public const string Name = "l4proxy-rules";

    /// <summary>What is said where another process has it.</summary>
    public const string Held = "another l4proxy programs rules in this network namespace (it holds the abstract Unix socket @" + Name + ")";

    private readonly Socket _socket;

    private RulesLock(Socket socket) => _socket = socket;

    /// <summary>Takes the lock; null when another process has it.</summary>
    /// <param name="name">Another name, for tests, which share a network namespace.</param>
    /// <exception cref="RulesException">This system has no such sockets.</exception>
    public static RulesLock? TryTake(string name = Name)
    {
        Socket? socket = null;
        try
        {
            // A child process does not inherit it: .NET opens sockets with CLOEXEC.
            socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Bind(new UnixDomainSocketEndPoint("\0" + name));
            return new RulesLock(socket);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            socket?.Dispose();
            return null;
        }
        catch (Exception e) when (e is SocketException or PlatformNotSupportedException or ArgumentException)
        {
            socket?.Dispose();
            throw new RulesException($"rules in the kernel need Linux: the abstract Unix socket @{name} cannot be bound: {e.Message}", e);
        }
    }

    public void Dispose() => _socket.Dispose();
}
