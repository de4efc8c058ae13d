using System.Text;

namespace L4Proxy.Testing.Vm;

/// <summary>The two shell scripts that a virtual machine runs; busybox, found by itself, is their shell and all their commands.</summary>
internal static class VmScripts
{
    /// <summary>The first process: the host's files below, what is written in memory above.</summary>
    public static string Init(IReadOnlyList<string> modules) => $"""
        #!/bin/busybox sh
        export PATH=/bin
        busybox mount -t proc proc /proc
        /bin/busybox --install -s /bin
        for module in {string.Join(' ', modules)}; do insmod /modules/$module; done
        mkdir -p /host /memory /merged
        mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=524288,cache=loose root /host
        mount -t tmpfs -o size=75% tmpfs /memory
        mkdir /memory/upper /memory/work
        mount -t overlay -o lowerdir=/host,upperdir=/memory/upper,workdir=/memory/work overlay /merged
        mount -t tmpfs tmpfs /merged/run
        mkdir /merged/run/share /merged/run/netns
        mount -t 9p -o trans=virtio,version=9p2000.L,msize=524288 share /merged/run/share
        # Below it is the host's, in which /proc/self is the emulator: busybox would start that in place of itself.
        mount --move /proc /merged/proc
        exec switch_root /merged /usr/bin/env busybox sh /run/share/run

        """;

    /// <summary>What becomes of the first process: the command, its exit code, and off.</summary>
    public static string Run(VmKernel kernel, IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment)
    {
        StringBuilder exports = new();
        foreach ((string name, string value) in environment)
        {
            exports.Append("export ").Append(name).Append('=').Append(Quote(value)).Append('\n');
        }

        return $"""
            export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
            busybox mount -t sysfs sysfs /sys
            busybox mount -t devtmpfs devtmpfs /dev
            busybox mkdir -p /dev/shm /dev/pts /lib/modules
            busybox mount -t tmpfs tmpfs /dev/shm
            busybox mount -t devpts devpts /dev/pts
            busybox rm -rf /lib/modules/{kernel.Release}
            busybox ln -s {Quote(kernel.ModuleFolder)} /lib/modules/{kernel.Release}
            [ -x /sbin/modprobe ] || busybox ln -s "$(busybox which busybox)" /sbin/modprobe
            busybox ip link set lo up
            {exports}
            cd {Quote(Environment.CurrentDirectory)}
            /usr/bin/env {string.Join(' ', command.Select(Quote))} > /run/share/output 2>&1 < /dev/null
            echo $? > /run/share/exit
            busybox sync
            echo o > /proc/sysrq-trigger
            while :; do busybox sleep 1; done

            """;
    }

    private static string Quote(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
