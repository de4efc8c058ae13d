using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace L4Proxy.Loadbench.Load.Steps;

/// <summary>A target that a user named, and its address.</summary>
/// <param name="Name">As written: <c>HOST:PORT</c>.</param>
/// <param name="Address">One address of the host, for the whole run.</param>
internal sealed record ResolvedTarget(string Name, IPEndPoint Address)
{
    /// <summary>How long an address of several may take to show that it answers.</summary>
    private static readonly TimeSpan s_trial = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Splits and looks up a target. Of several addresses it is the first that accepts a connection, as wrk has it; else the first.
    /// </summary>
    /// <exception cref="LoadException">It is no target, or has no address.</exception>
    public static async Task<ResolvedTarget> ResolveAsync(string name, CancellationToken cancellation)
    {
        if (IPEndPoint.TryParse(name, out IPEndPoint? literal) && literal.Port > 0)
        {
            return new ResolvedTarget(name, literal);
        }

        int colon = name.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(name.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) || port == 0)
        {
            throw new LoadException($"target '{name}' is not HOST:PORT, such as 127.0.0.1:8080, [::1]:8080 or web.example:80");
        }

        try
        {
            IPAddress[] addresses = await Dns.GetHostAddressesAsync(name[..colon], cancellation);
            return new ResolvedTarget(name, await ChooseAsync([.. addresses.Select(a => new IPEndPoint(a, port))], cancellation));
        }
        catch (SocketException e)
        {
            throw new LoadException($"target '{name}' has no address: {e.Message}", e);
        }
    }

    private static async Task<IPEndPoint> ChooseAsync(IPEndPoint[] addresses, CancellationToken cancellation)
    {
        foreach (IPEndPoint address in addresses.Length > 1 ? addresses : [])
        {
            using Socket trial = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(s_trial);
            try
            {
                await trial.ConnectAsync(address, limit.Token);
                return address;
            }
            catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
            {
                // The next may answer.
            }
        }

        return addresses[0];
    }
}
