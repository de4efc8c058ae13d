using System.Net;

namespace L4Proxy.Testing.Processes;

/// <summary>A line of a ready file.</summary>
/// <param name="Name">The Service port, or an HTTP endpoint of the process.</param>
/// <param name="EndPoint">Where it listens.</param>
/// <param name="StandsFor">Addresses of the Service whose clients are meant to be led there.</param>
public sealed record ProxyListener(string Name, IPEndPoint EndPoint, IReadOnlyList<IPEndPoint> StandsFor)
{
    public static ProxyListener Parse(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        string[] columns = line.Split('\t');
        return new ProxyListener(
            columns[0], IPEndPoint.Parse(columns[1]), columns.Length < 3 ? [] : [.. columns[2].Split(',').Select(a => IPEndPoint.Parse(a))]);
    }
}
