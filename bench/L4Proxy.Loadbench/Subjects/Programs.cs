namespace L4Proxy.Loadbench.Subjects;

/// <summary>Where programs and sources are.</summary>
internal static class Programs
{
    /// <summary>Where daemons are that the PATH of ordinary users lacks.</summary>
    private static readonly string[] s_more = ["/usr/sbin", "/usr/local/sbin"];

    /// <summary>A program of PATH; null when there is none.</summary>
    public static string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Concat(s_more)
        .Select(folder => Path.Combine(folder, name))
        .FirstOrDefault(File.Exists);

    /// <summary>The folder of the proxy's sources in the checkout that this program was built in; null without one.</summary>
    public static string? FindSources() => FindCheckout() is { } checkout ? Path.Combine(checkout, "src", "L4Proxy") : null;

    /// <summary>The checkout that this program was built in; null outside of one.</summary>
    public static string? FindCheckout()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "L4Proxy.sln")) && Directory.Exists(Path.Combine(folder.FullName, "src", "L4Proxy")))
            {
                return folder.FullName;
            }
        }

        return null;
    }
}
