namespace L4Proxy.Testing;

/// <summary>The source tree that the tests were built from.</summary>
public static class Repository
{
    /// <summary>The folder of L4Proxy.sln.</summary>
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    private static string Find(string start)
    {
        for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "L4Proxy.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"no L4Proxy.sln above {start}");
    }
}
