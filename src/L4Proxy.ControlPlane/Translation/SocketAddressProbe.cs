using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>
/// Asks the kernel by binding a socket to the address, port 0. Every rule that applies to the real listener
/// (loopback networks, ip_nonlocal_bind, AnyIP routes) applies to the question too.
/// </summary>
/// <param name="time">Clock for the age of answers.</param>
public sealed class SocketAddressProbe(TimeProvider time) : IAddressProbe
{
    // One reload asks for each Service port: one system call for each address is enough. Short, because an address
    // that was just given to an interface should count at the next reload.
    private static readonly TimeSpan s_maxAge = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<IPAddress, (bool CanBind, long At)> _answers = new();

    /// <inheritdoc/>
    public bool CanBind(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        bool known = _answers.TryGetValue(address, out (bool CanBind, long At) last);
        if (known && time.GetElapsedTime(last.At) < s_maxAge)
        {
            return last.CanBind;
        }

        // A failure that says nothing about the address (out of descriptors) must not move a listener.
        bool answer = Ask(address) ?? (!known || last.CanBind);
        _answers[address] = (answer, time.GetTimestamp());
        return answer;
    }

    /// <inheritdoc/>
    public bool IsFree(IPEndPoint address)
    {
        ArgumentNullException.ThrowIfNull(address);
        try
        {
            using Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(address);
            return true;
        }
        catch (SocketException e)
        {
            // Any other failure is about the address, and the listener will report it.
            return e.SocketErrorCode is not (SocketError.AddressAlreadyInUse or SocketError.AccessDenied);
        }
    }

    /// <summary>Null when the kernel's answer is about something else than the address.</summary>
    private static bool? Ask(IPAddress address)
    {
        try
        {
            using Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(address, 0));
            return true;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode is SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported
                or SocketError.ProtocolFamilyNotSupported or SocketError.InvalidArgument or SocketError.NetworkUnreachable
                ? false
                : null;
        }
    }
}
