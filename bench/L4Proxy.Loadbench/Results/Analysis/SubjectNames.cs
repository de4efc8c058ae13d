namespace L4Proxy.Loadbench.Results.Analysis;

/// <summary>Names of <see cref="Sample.Subject"/>.</summary>
internal static class SubjectNames
{
    public const string Haproxy = "haproxy";
    /// <summary>HAProxy with a configuration that is for bulk alone.</summary>
    public const string HaproxySplice = "haproxy-splice";
    public const string Nginx = "nginx";
    public const string Direct = "direct";
    public const string LinuxEngine = "l4proxy-linux";
    public const string PortableEngine = "l4proxy-portable";
    public const string Ideal = "ideal";

    /// <summary>What others are compared with, where it was measured.</summary>
    public static IReadOnlyList<string> Peers { get; } = [Haproxy, HaproxySplice, Nginx, Direct];

    /// <summary>The order of rows: what this is about, its peers, then no proxy, then others.</summary>
    public static int Rank(string subject) => subject switch
    {
        LinuxEngine => 0,
        PortableEngine => 1,
        Haproxy => 2,
        Nginx => 3,
        Direct => 5,
        _ => 4,
    };
}
