namespace L4Proxy.ControlPlane.Manifests;

/// <summary>Errors of the file system in a user's words.</summary>
internal static class FileErrors
{
    public static string Describe(Exception error) => error switch
    {
        UnauthorizedAccessException => "permission denied",
        FileNotFoundException or DirectoryNotFoundException => "it does not exist",
        _ => error.Message.ReplaceLineEndings(" ").TrimEnd('.'),
    };
}
