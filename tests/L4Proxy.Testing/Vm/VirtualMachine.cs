using System.Globalization;
using L4Proxy.Testing.Processes;

namespace L4Proxy.Testing.Vm;

/// <summary>
/// Runs a command as root in a virtual machine with a kernel of its own, for what the kernel of the host lacks. The machine sees
/// the host's files, at the same paths, but cannot change them: what it writes is in its memory and gone with it. It has no network
/// but loopback. It needs neither root nor KVM; without KVM it is some ten times slower.
/// </summary>
public static class VirtualMachine
{
    private const string Qemu = "qemu-system-x86_64";

    /// <summary>What the initial file system needs to get at the host's files.</summary>
    private static readonly string[] s_bootModules = ["virtio_pci", "9pnet_virtio", "9p", "overlay"];

    /// <summary>Skips a test, or fails it, where no machine can be started.</summary>
    public static void Require()
    {
        Requires.Linux();
        Requires.Program(Qemu);
        Requires.Program("busybox");
        Requires.Program("cpio");
        Requires.That(VmKernel.Find() is not null, "a kernel for the virtual machine, which .ci/vm-kernel fetches");
    }

    /// <summary>Runs a command to its end, and the machine with it.</summary>
    /// <param name="command">Program and arguments, as on the host.</param>
    /// <param name="environment">Variables to set besides PATH and HOME.</param>
    /// <param name="limit">After that long the machine is switched off.</param>
    public static async Task<VmResult> RunAsync(
        IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment, TimeSpan limit)
    {
        Require();
        VmKernel kernel = VmKernel.Find()!;
        using var folder = new TemporaryFolder();
        string share = Directory.CreateDirectory(folder["share"]).FullName;
        folder.Write("share/run", VmScripts.Run(kernel, command, environment));
        string initramfs = await VmInitramfs.WriteAsync(folder, kernel.LoadOrder(s_bootModules));

        await using var machine = ChildProcess.Start(Arguments(kernel, initramfs, share, limit));
        int ended = await machine.WaitForExitAsync(limit + Deadline.Default);
        string console = $"{machine.Log}{Environment.NewLine}{Qemu} ended with {ended}";
        string? exit = Read(Path.Combine(share, "exit"));
        return new VmResult(
            exit is null ? null : int.Parse(exit, CultureInfo.InvariantCulture), Read(Path.Combine(share, "output")) ?? "", console);
    }

    private static string[] Arguments(VmKernel kernel, string initramfs, string share, TimeSpan limit) =>
    [
        // Ends it even when the test is killed.
        "timeout", "--kill-after=1", limit.TotalSeconds.ToString("0", CultureInfo.InvariantCulture),
        Qemu, "-accel", Accelerator(), "-cpu", "max", "-smp", "2", "-m", "3072",
        "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-serial", "stdio",
        "-kernel", kernel.Image, "-initrd", initramfs, "-append", "console=ttyS0 quiet panic=-1",
        "-virtfs", "local,path=/,mount_tag=root,security_model=none,readonly=on,multidevs=remap",
        "-virtfs", $"local,path={share},mount_tag=share,security_model=none,multidevs=remap",
    ];

    /// <summary>KVM where it is at hand and this host is no virtual machine itself: in nested ones /dev/kvm opens and the guest hangs.</summary>
    private static string Accelerator()
    {
        bool isNested = File.ReadLines("/proc/cpuinfo").Any(l => l.StartsWith("flags", StringComparison.Ordinal) && l.Contains(" hypervisor", StringComparison.Ordinal));
        try
        {
            using FileStream device = new("/dev/kvm", FileMode.Open, FileAccess.ReadWrite);
            return isNested ? "tcg" : "kvm";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "tcg";
        }
    }

    private static string? Read(string path) => File.Exists(path) ? File.ReadAllText(path) : null;
}
