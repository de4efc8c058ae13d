namespace L4Proxy.Testing;

/// <summary>Files of the source tree that tests read.</summary>
public static class Repository
{
    /// <summary>The folder that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>A path in the source tree.</summary>
    public static string PathOf(params ReadOnlySpan<string> parts) => Path.Combine([Root, .. parts]);

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "L4Proxy.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"no L4Proxy.sln above {AppContext.BaseDirectory}");
    }
}
