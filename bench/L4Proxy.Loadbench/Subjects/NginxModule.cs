namespace L4Proxy.Loadbench.Subjects;

/// <summary>Where nginx has its stream module.</summary>
/// <param name="Directive">What loads it; empty where it is built in.</param>
internal sealed record NginxModule(string Directive)
{
    /// <summary>Distributions that build it as a module put it in one of these folders.</summary>
    private static readonly string[] s_folders =
        ["/usr/lib/nginx/modules", "/usr/lib64/nginx/modules", "/usr/share/nginx/modules", "/usr/local/lib/nginx/modules", "/etc/nginx/modules"];

    /// <summary>Null when there is none.</summary>
    /// <param name="configuration">What <c>nginx -V</c> writes: how it was configured.</param>
    /// <param name="exists">Whether a file exists.</param>
    public static NginxModule? Find(string configuration, Func<string, bool> exists)
    {
        const string Folder = "--modules-path=";
        string[] arguments = configuration.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        if (arguments.Contains("--with-stream", StringComparer.Ordinal))
        {
            return new NginxModule("");
        }

        string? path = arguments.Where(a => a.StartsWith(Folder, StringComparison.Ordinal)).Select(a => a[Folder.Length..])
            .Concat(s_folders)
            .Select(folder => Path.Combine(folder, "ngx_stream_module.so"))
            .FirstOrDefault(exists);
        return path is null ? null : new NginxModule($"load_module {path};");
    }
}
