using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.KernelRules.Iptables;

/// <summary>The sets by which the kernel finds out, in one lookup, whether a connection is captured or refused. Pure.</summary>
internal sealed class CaptureSets(bool isIPv6)
{
    private const string Prefix = "l4p-";
    private const string IPv6Prefix = "l4p-6-";

    /// <summary>After the name of a set that is filled aside and then swapped.</summary>
    private const string Aside = "-n";

    /// <summary>Elements of a set: far more than a cluster has addresses and ports. The kernel takes memory for what is there alone.</summary>
    private const int MaxElements = 1 << 20;

    private string Family => isIPv6 ? "inet6" : "inet";

    /// <summary>Address and port of what is captured.</summary>
    public string Capture { get; } = (isIPv6 ? IPv6Prefix : Prefix) + "capture";

    /// <summary>Ports that are captured on this host's addresses.</summary>
    public string NodePorts { get; } = (isIPv6 ? IPv6Prefix : Prefix) + "nodeports";

    /// <summary>Address and port of what has no endpoint for anybody.</summary>
    public string Refused { get; } = (isIPv6 ? IPv6Prefix : Prefix) + "refused";

    public ImmutableArray<string> Names => [Capture, NodePorts, Refused];

    /// <summary>All that may be ours, those that a killed process was filling included.</summary>
    public IEnumerable<string> AllNames => Names.SelectMany(name => (string[])[name, name + Aside]);

    /// <summary>What has to be in the sets: <c>SET ELEMENT</c>. TCP alone.</summary>
    public HashSet<string> Elements(IEnumerable<ServiceRules> services)
    {
        HashSet<string> elements = new(StringComparer.Ordinal);
        foreach (ServiceRules service in services.Where(s => s.Key.Protocol == ServiceProtocol.Tcp))
        {
            bool isServed = !service.InternalEndpoints.IsEmpty;
            elements.UnionWith(service.ClusterIPs.Select(ip => Element(isServed ? Capture : Refused, ip, service.Port)));

            // The proxy tells clients inside, who get all endpoints, from those outside.
            isServed = !service.ExternalEndpoints.IsEmpty || !service.ClusterEndpoints.IsEmpty;
            elements.UnionWith(service.ExternalAddresses.Select(e => Element(isServed ? Capture : Refused, e.Address, service.Port)));
            if (isServed && service.NodePort != 0)
            {
                // Without endpoints the port is left alone: nobody listens there, so that the kernel refuses by itself.
                elements.Add(string.Create(CultureInfo.InvariantCulture, $"{NodePorts} {service.NodePort}"));
            }
        }

        return elements;
    }

    /// <summary>Input of <c>ipset restore</c> that puts the elements there at once, each set by one swap, whatever was there.</summary>
    public string Full(IEnumerable<string> elements)
    {
        StringBuilder text = new();
        foreach (string name in Names)
        {
            string definition = name == NodePorts
                ? "bitmap:port range 0-65535"
                : string.Create(CultureInfo.InvariantCulture, $"hash:ip,port family {Family} maxelem {MaxElements}");
            text.Append(CultureInfo.InvariantCulture, $"create {name} {definition} -exist\n")
                .Append(CultureInfo.InvariantCulture, $"create {name}{Aside} {definition} -exist\n")
                .Append(CultureInfo.InvariantCulture, $"flush {name}{Aside}\n");
        }

        foreach (string element in elements)
        {
            int space = element.IndexOf(' ', StringComparison.Ordinal);
            text.Append("add ").Append(element, 0, space).Append(Aside).Append(element, space, element.Length - space).Append('\n');
        }

        foreach (string name in Names)
        {
            text.Append(CultureInfo.InvariantCulture, $"swap {name}{Aside} {name}\ndestroy {name}{Aside}\n");
        }

        return text.ToString();
    }

    /// <summary>Input of <c>ipset restore</c> from one state to the next; empty when they are the same.</summary>
    public string Change(FamilyRules before, FamilyRules after)
    {
        (ServiceRules? Old, ServiceRules? New)[] changes = [.. ServiceChanges.Between(before.Services, after.Services)];
        HashSet<string> old = Elements(changes.Select(c => c.Old).OfType<ServiceRules>());
        HashSet<string> @new = Elements(changes.Select(c => c.New).OfType<ServiceRules>());

        // First what is added: no address is in neither set for a moment.
        return string.Concat(
            [.. @new.Except(old, StringComparer.Ordinal).Select(e => $"add {e} -exist\n"),
             .. old.Except(@new, StringComparer.Ordinal).Select(e => $"del {e} -exist\n")]);
    }

    private static string Element(string set, IPAddress address, int port) =>
        string.Create(CultureInfo.InvariantCulture, $"{set} {address},tcp:{port}");
}
