using System.Collections.Immutable;
using System.Globalization;

namespace L4Proxy.ControlPlane.KernelRules.Ipvs;

/// <summary>
/// The dummy device, and with it what of the whole host is changed: its alias says what that was before, so that whoever takes the
/// device away can put it back.
/// </summary>
internal sealed class IpvsDevice(IpvsHost host, IpvsOptions options)
{
    /// <summary>Key in the alias of the timeouts, which no sysctl has.</summary>
    private const string Timeouts = "timeouts";

    private readonly IpvsSysctls _sysctls = new(options);

    /// <summary>Makes the device unless it is there, and sets what IPVS needs.</summary>
    /// <param name="addresses">What the host has now.</param>
    /// <param name="cancellation">Ends the tools.</param>
    public async Task EnsureAsync(HostAddresses addresses, CancellationToken cancellation)
    {
        if (addresses.OnDevice is null)
        {
            await AddAsync(cancellation);
        }

        ImmutableSortedDictionary<string, string> before = IpvsSysctls.ParseAlias(addresses.Alias);
        ImmutableDictionary<string, string> different = _sysctls.FindDifferent();
        string? timeouts = await FindTimeoutsAsync(cancellation);
        ImmutableSortedDictionary<string, string> noLonger = before.RemoveRange([.. _sysctls.Wanted.Keys, Timeouts]);
        ImmutableSortedDictionary<string, string> after = before.RemoveRange(noLonger.Keys)
            .AddRange(different.Where(d => !before.ContainsKey(d.Key)));
        after = timeouts is null || after.ContainsKey(Timeouts) ? after : after.Add(Timeouts, timeouts);

        // Said before it is done: a process that dies in between has changed nothing that nobody knows.
        await WriteAliasAsync(addresses.Alias, after.AddRange(noLonger), cancellation);
        foreach (string name in different.Keys)
        {
            _sysctls.Write(name, _sysctls.Wanted[name]);
        }

        Restore(noLonger);
        await WriteAliasAsync(IpvsSysctls.FormatAlias(after.AddRange(noLonger)), after, cancellation);
        if (timeouts is not null)
        {
            await host.RunAsync("ipvsadm", ["--set", Seconds(options.TcpTimeout), Seconds(options.TcpFinTimeout), Seconds(options.UdpTimeout)], null, cancellation);
        }
    }

    /// <summary>Removes the device, and puts back what was changed with it.</summary>
    public async Task RemoveAsync(HostAddresses addresses, CancellationToken cancellation)
    {
        ImmutableSortedDictionary<string, string> before = IpvsSysctls.ParseAlias(addresses.Alias);
        if (before.TryGetValue(Timeouts, out string? timeouts))
        {
            await host.RunAsync("ipvsadm", ["--set", .. timeouts.Split('/')], null, cancellation);
        }

        Restore(before.Remove(Timeouts));
        await host.RunAsync("ip", ["link", "delete", IpvsNames.Device], null, cancellation);
    }

    private async Task AddAsync(CancellationToken cancellation)
    {
        if (!Directory.Exists("/sys/module/dummy") && host.Exists("modprobe"))
        {
            // Left to itself the module makes a device dummy0 when it is loaded. A failure is the next command's to tell.
            await host.SucceedsAsync("modprobe", ["dummy", "numdummies=0"], cancellation);
        }

        await host.RunAsync("ip", ["link", "add", IpvsNames.Device, "type", "dummy"], null, cancellation);
    }

    private static string Seconds(TimeSpan time) => ((long)time.TotalSeconds).ToString(CultureInfo.InvariantCulture);

    private void Restore(ImmutableSortedDictionary<string, string> values)
    {
        foreach ((string name, string value) in values)
        {
            _sysctls.Write(name, value);
        }
    }

    private async Task WriteAliasAsync(string now, ImmutableSortedDictionary<string, string> values, CancellationToken cancellation)
    {
        string alias = IpvsSysctls.FormatAlias(values);
        if (alias != now)
        {
            await host.RunAsync("ip", ["link", "set", "dev", IpvsNames.Device, "alias", alias], null, cancellation);
        }
    }

    /// <summary>The timeouts that are in force when others are wanted; null when there is nothing to change.</summary>
    private async Task<string?> FindTimeoutsAsync(CancellationToken cancellation)
    {
        ImmutableArray<int> wanted = [(int)options.TcpTimeout.TotalSeconds, (int)options.TcpFinTimeout.TotalSeconds, (int)options.UdpTimeout.TotalSeconds];
        if (wanted.All(w => w == 0))
        {
            return null;
        }

        ImmutableArray<int> now = IpvsTexts.ParseTimeouts(await host.RunAsync("ipvsadm", ["-L", "--timeout"], null, cancellation));
        return now.Zip(wanted).All(t => t.Second == 0 || t.Second == t.First) ? null : string.Join('/', now);
    }
}
