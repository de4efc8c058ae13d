using System.Globalization;
using System.Net;
using System.Net.Sockets;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.KernelRules.Ipvs;

/// <summary>What a virtual server is known by.</summary>
internal readonly record struct VirtualAddress(ServiceProtocol Protocol, IPEndPoint Address)
{
    private static readonly string[] s_options = ["-t", "-u", "--sctp-service"];
    private static readonly string[] s_names = ["tcp", "udp", "sctp"];

    public bool IsIPv6 => Address.AddressFamily == AddressFamily.InterNetworkV6;

    /// <summary>As ipset writes an address and its port: <c>10.96.0.1,tcp:443</c>.</summary>
    public string SetEntry => string.Create(CultureInfo.InvariantCulture, $"{Address.Address},{s_names[(int)Protocol]}:{Address.Port}");

    /// <summary>As ipvsadm writes it: <c>-t 10.96.0.1:443</c>.</summary>
    public override string ToString() => $"{s_options[(int)Protocol]} {Address}";

    /// <summary>Reads ipvsadm's way of writing it.</summary>
    public static bool TryParse(string option, string address, out VirtualAddress value)
    {
        int protocol = Array.IndexOf(s_options, option);
        bool isAddress = IPEndPoint.TryParse(address, out IPEndPoint? endPoint);
        value = protocol >= 0 && isAddress ? new VirtualAddress((ServiceProtocol)protocol, endPoint!) : default;
        return protocol >= 0 && isAddress;
    }
}
