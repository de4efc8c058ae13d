using System.Collections.Immutable;
using System.Globalization;
using L4Proxy.ControlPlane.KernelRules.Tools;

namespace L4Proxy.ControlPlane.KernelRules.Ipvs;

/// <summary>
/// Settings of the kernel that IPVS needs. What they were before is kept by the caller as text, small enough for the alias of a
/// device (IFALIASZ: 255 bytes), so that it lives as long as they are changed, whoever ends this process.
/// </summary>
/// <param name="options">Which of them are wanted.</param>
/// <param name="root">/proc/sys/net/ipv4, but in tests.</param>
internal sealed class IpvsSysctls(IpvsOptions options, string root = "/proc/sys/net/ipv4")
{
    /// <summary>Kernels before this one delay new connections from a port that was used before (conn_reuse_mode); 5.9 mended it.</summary>
    private static readonly Version s_reuseMended = new(5, 9);

    /// <summary>What has to be set, by paths below the root.</summary>
    public ImmutableDictionary<string, string> Wanted { get; } = WantedBy(options);

    /// <summary>Reads an alias; what is not ours in it is ignored.</summary>
    public static ImmutableSortedDictionary<string, string> ParseAlias(string alias)
    {
        ArgumentNullException.ThrowIfNull(alias);
        return alias.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(word => word.Split('=', 2))
            .Where(parts => parts.Length == 2)
            .GroupBy(parts => parts[0], StringComparer.Ordinal)
            .ToImmutableSortedDictionary(g => g.Key, g => g.First()[1], StringComparer.Ordinal);
    }

    public static string FormatAlias(ImmutableSortedDictionary<string, string> before) =>
        string.Join(' ', before.Select(b => $"{b.Key}={b.Value}"));

    /// <summary>What of the wanted ones differs now, with its value now. One that this kernel lacks is left out.</summary>
    public ImmutableDictionary<string, string> FindDifferent() => Wanted
        .Select(w => (Name: w.Key, Is: Read(w.Key), Wanted: w.Value))
        .Where(s => s.Is is not null && s.Is != s.Wanted)
        .ToImmutableDictionary(s => s.Name, s => s.Is!, StringComparer.Ordinal);

    /// <summary>What keeps those from being set that have to be; null when nothing does. Changes nothing.</summary>
    public string? FindObstacle()
    {
        // IPVS's own come with its module, into the same file system.
        string[] names = Directory.Exists(PathOf("vs")) ? [.. FindDifferent().Keys.Order(StringComparer.Ordinal)] : ["ip_forward"];
        foreach (string path in names.Select(PathOf))
        {
            if (SysctlFile.WhyNotWritable(path) is { } reason)
            {
                IEnumerable<string> wanted = Wanted.Select(w => $"net.ipv4.{w.Key.Replace('/', '.')}={w.Value}").Order(StringComparer.Ordinal);
                return $"{path} cannot be written ({reason}); what has to be set on the host: {string.Join(", ", wanted)}";
            }
        }

        return null;
    }

    /// <summary>Sets one.</summary>
    /// <exception cref="RulesException">The kernel refuses it.</exception>
    public void Write(string name, string value)
    {
        try
        {
            if (Read(name) is { } now && now != value)
            {
                File.WriteAllText(PathOf(name), value);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RulesException($"{PathOf(name)}: cannot be set to {value}: {e.Message}", e);
        }
    }

    private static ImmutableDictionary<string, string> WantedBy(IpvsOptions options)
    {
        ImmutableDictionary<string, string>.Builder wanted = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);

        // Masquerading is connection tracking's work.
        wanted["vs/conntrack"] = "1";

        // A connection to a real server that is gone ends at its next packet, rather than never.
        wanted["vs/expire_nodest_conn"] = "1";

        // Affinity to a real server with weight 0 ends.
        wanted["vs/expire_quiescent_template"] = "1";
        wanted["ip_forward"] = "1";
        if (Environment.OSVersion.Version < s_reuseMended)
        {
            wanted["vs/conn_reuse_mode"] = "0";
        }

        if (options.StrictArp)
        {
            wanted["conf/all/arp_ignore"] = "1";
            wanted["conf/all/arp_announce"] = "2";
        }

        return wanted.ToImmutable();
    }

    private string PathOf(string name) => string.Create(CultureInfo.InvariantCulture, $"{root}/{name}");

    private string? Read(string name)
    {
        try
        {
            return File.ReadAllText(PathOf(name)).Trim();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RulesException($"{PathOf(name)}: cannot be read: {e.Message}", e);
        }
    }
}
