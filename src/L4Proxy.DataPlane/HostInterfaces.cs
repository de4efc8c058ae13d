using System.Diagnostics.CodeAnalysis;
using System.Net.NetworkInformation;

namespace L4Proxy.DataPlane;

/// <summary>What the operating system tells of this host's network interfaces.</summary>
public static class HostInterfaces
{
    private const int Attempts = 3;

    /// <summary>Addresses of all interfaces; to be read by <see cref="TryRead"/>.</summary>
    public static IEnumerable<UnicastIPAddressInformation> UnicastAddresses() =>
        NetworkInterface.GetAllNetworkInterfaces().SelectMany(i => i.GetIPProperties().UnicastAddresses);

    /// <summary>
    /// Reads, and again when that fails: it goes over several files and calls for each interface, and fails in many ways when one of
    /// them is removed meanwhile, as those of Pods are all the time: with an ArgumentException, too.
    /// </summary>
    /// <param name="read">Reads them; is read to its end.</param>
    /// <param name="found">What it gave.</param>
    /// <param name="failure">Of the last attempt.</param>
    /// <returns>Whether an attempt succeeded.</returns>
    public static bool TryRead<T>(
        Func<IEnumerable<T>> read, [NotNullWhen(true)] out T[]? found, [NotNullWhen(false)] out Exception? failure)
    {
        ArgumentNullException.ThrowIfNull(read);
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                found = [.. read()];
                failure = null;
                return true;
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                if (attempt == Attempts)
                {
                    found = null;
                    failure = e;
                    return false;
                }
            }
        }
    }
}
