using L4Proxy.Testing.Processes;

namespace L4Proxy.Testing.Vm;

/// <summary>Writes the first file system of a virtual machine: busybox, some modules, and a script that gets at the host's files.</summary>
internal static class VmInitramfs
{
    /// <summary>Returns the path of the archive.</summary>
    public static async Task<string> WriteAsync(TemporaryFolder folder, IReadOnlyList<string> modules)
    {
        folder.Write("initramfs/init", VmScripts.Init([.. modules.Select(m => Path.GetFileName(m))]));
        foreach (string name in (string[])["bin", "modules", "proc"])
        {
            Directory.CreateDirectory(folder[$"initramfs/{name}"]);
        }

        foreach (string module in modules)
        {
            File.Copy(module, folder[$"initramfs/modules/{Path.GetFileName(module)}"]);
        }

        // Copied by itself, so that links on the way to it do not matter.
        const string Pack = "cp -L \"$(command -v busybox)\" bin/busybox && chmod +x init && find . | cpio -o -H newc --quiet > ../initramfs.cpio";
        await ChildProcess.RunAsync("sh", "-c", $"cd '{folder["initramfs"]}' && {Pack}");
        return folder["initramfs.cpio"];
    }
}
