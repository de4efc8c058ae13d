using System.Net;

namespace L4Proxy.Cli.Table;

/// <summary>A listening address in the table's JSON.</summary>
/// <param name="Address">IP address.</param>
/// <param name="Port">Port; 0 for one that is free when the program starts.</param>
internal sealed record TableListen(string Address, int Port)
{
    public static TableListen From(IPEndPoint address) => new(address.Address.ToString(), address.Port);
}
