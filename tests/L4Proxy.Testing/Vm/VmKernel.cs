namespace L4Proxy.Testing.Vm;

/// <summary>A Linux kernel with its modules, as <c>.ci/vm-kernel</c> unpacks one.</summary>
public sealed class VmKernel
{
    private readonly string _folder;
    private readonly Dictionary<string, string> _dependencies;

    private VmKernel(string folder, string image)
    {
        _folder = folder;
        Image = image;
        Release = Path.GetFileName(image)["vmlinuz-".Length..];

        // A line is "path: what it needs, the nearest first" (modules.dep(5)).
        _dependencies = File.ReadLines(Path.Combine(ModuleFolder, "modules.dep"))
            .Select(line => line.Split(':', 2))
            .ToDictionary(parts => Path.GetFileNameWithoutExtension(parts[0]), parts => $"{parts[0]} {parts[1]}", StringComparer.Ordinal);
    }

    /// <summary>The compressed kernel image.</summary>
    public string Image { get; }

    /// <summary>What <c>uname -r</c> says in it.</summary>
    public string Release { get; }

    public string ModuleFolder => Path.Combine(_folder, "lib", "modules", Release);

    /// <summary>The kernel of this source tree; null when none was fetched.</summary>
    public static VmKernel? Find()
    {
        string folder = Repository.PathOf("artifacts", "vm");
        string boot = Path.Combine(folder, "boot");
        string? image = Directory.Exists(boot) ? Directory.EnumerateFiles(boot, "vmlinuz-*").FirstOrDefault() : null;
        return image is null ? null : new VmKernel(folder, image);
    }

    /// <summary>Files of some modules and of all that they need, in the order in which they can be loaded.</summary>
    public IReadOnlyList<string> LoadOrder(params IReadOnlyList<string> modules) =>
    [
        .. modules
            .SelectMany(m => _dependencies[m].Split(' ', StringSplitOptions.RemoveEmptyEntries).Reverse())
            .Distinct(StringComparer.Ordinal)
            .Select(path => Path.Combine(ModuleFolder, path)),
    ];
}
