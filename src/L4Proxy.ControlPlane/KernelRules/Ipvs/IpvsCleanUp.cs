namespace L4Proxy.ControlPlane.KernelRules.Ipvs;

/// <summary>Takes everything of this backend's away, whichever process put it there.</summary>
internal sealed class IpvsCleanUp(IpvsHost host, IpvsDevice device, IpvsRuleSets rules)
{
    /// <summary>Whether there was something.</summary>
    public async Task<bool> RunAsync(CancellationToken cancellation)
    {
        HostAddresses addresses = host.Exists("ip") ? await host.ReadAddressesAsync(cancellation) : HostAddresses.None;
        Dictionary<string, HashSet<string>> sets = await host.ReadSetsAsync(cancellation);
        bool hadState = addresses.OnDevice is not null || sets.Count > 0;
        if (hadState && host.Exists("ipvsadm"))
        {
            // Only here: the tool loads the module where it is not.
            IpvsState current = await host.ReadStateAsync(addresses, cancellation);
            current.Sets.Clear();
            current.Addresses.Clear();
            await host.RemoveAsync(IpvsCommands.Between(current, new IpvsState()), cancellation);
        }

        bool hadRules = await rules.RemoveAsync(cancellation);
        if (addresses.OnDevice is not null)
        {
            await device.RemoveAsync(addresses, cancellation);
        }

        await host.DestroySetsAsync(sets.Keys, cancellation);
        return hadState || hadRules;
    }
}
