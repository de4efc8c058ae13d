using System.Collections.Immutable;
using System.Globalization;
using L4Proxy.ControlPlane;

namespace L4Proxy.Options;

/// <summary>Says which field of KubeProxyConfiguration is which key here. What has no key is named in one warning.</summary>
internal sealed class KubeProxyMapping
{
    private const string ClusterCidrMode = "ClusterCIDR";
    private const string NodeCidrMode = "NodeCIDR";

    private static readonly string[] s_localModes = [ClusterCidrMode, NodeCidrMode, "BridgeInterface", "InterfaceNamePrefix"];

    /// <summary>Fields that become a key as they are, and whether an address in them gets a port, as kube-proxy gives it one.</summary>
    private static readonly Dictionary<string, (string Section, string Name, string? Port)> s_keys = new(StringComparer.Ordinal)
    {
        ["clientConnection.kubeconfig"] = ("kubernetes", "kubeconfig", null),
        ["hostnameOverride"] = ("", "nodeName", null),
        ["healthzBindAddress"] = ("", "healthzBindAddress", "10256"),
        ["metricsBindAddress"] = ("", "metricsBindAddress", "10249"),
        ["bindAddressHardFail"] = ("", "bindAddressHardFail", null),
        ["nodePortAddresses"] = ("", "nodePortAddresses", null),
        ["portRange"] = ("", "proxyPortRange", null),
        ["logging.format"] = ("log", "format", null),
        ["mode"] = ("", "mode", null),
    };

    /// <summary>Fields of modes that become a key in these modes, and nothing elsewhere. kube-proxy's mode ipvs masquerades as its section iptables says.</summary>
    private static readonly Dictionary<string, (string[] Modes, string Section, string Name)> s_modeKeys = new(StringComparer.Ordinal)
    {
        ["iptables.masqueradeBit"] = (["iptables", "ipvs"], "rules", "masqueradeBit"),
        ["iptables.masqueradeAll"] = (["iptables", "ipvs"], "rules", "masqueradeAll"),
        ["iptables.localhostNodePorts"] = (["iptables"], "rules", "localhostNodePorts"),
        ["nftables.masqueradeBit"] = (["nftables"], "rules", "masqueradeBit"),
        ["nftables.masqueradeAll"] = (["nftables"], "rules", "masqueradeAll"),
        ["ipvs.excludeCIDRs"] = (["ipvs"], "ipvs", "excludeCIDRs"),
        ["ipvs.strictARP"] = (["ipvs"], "ipvs", "strictARP"),
        ["ipvs.tcpTimeout"] = (["ipvs"], "ipvs", "tcpTimeout"),
        ["ipvs.tcpFinTimeout"] = (["ipvs"], "ipvs", "tcpFinTimeout"),
        ["ipvs.udpTimeout"] = (["ipvs"], "ipvs", "udpTimeout"),
        ["ipvs.scheduler"] = (["ipvs"], ConfigurationSchema.DefaultsSection, "ipvsScheduler"),
    };

    /// <summary>Fields that say something when they are written as 0 or false: kube-proxy's default is another.</summary>
    private static readonly string[] s_zeroCounts = ["iptables.masqueradeBit", "iptables.localhostNodePorts", "nftables.masqueradeBit"];

    private readonly string _file;
    private readonly ImmutableArray<ConfigurationValue>.Builder _values = ImmutableArray.CreateBuilder<ConfigurationValue>();
    private readonly List<Problem> _problems = [];
    private readonly List<KubeProxyValue> _ignored = [];

    private KubeProxyMapping(string file) => _file = file;

    public static ConfigurationInput Map(string file, IReadOnlyList<KubeProxyValue> fields)
    {
        KubeProxyMapping mapping = new(file);
        string mode = TextOf(fields, "mode");
        string localMode = TextOf(fields, "detectLocalMode");
        foreach (KubeProxyValue field in fields)
        {
            if (s_modeKeys.TryGetValue(field.Field, out (string[] Modes, string Section, string Name) key) && key.Modes.Contains(mode))
            {
                mapping.MapOfMode(field, key.Section, key.Name);
            }
            else if (!field.IsZero)
            {
                mapping.Map(field, localMode);
            }
        }

        mapping.ReportIgnored();
        return new ConfigurationInput(mapping._values.ToImmutable(), [.. mapping._problems]);
    }

    private static string TextOf(IReadOnlyList<KubeProxyValue> fields, string name) => fields.FirstOrDefault(f => f.Field == name)?.Text ?? "";

    private void MapOfMode(KubeProxyValue field, string section, string name)
    {
        if (!field.IsZero || s_zeroCounts.Contains(field.Field))
        {
            bool isDuration = KubeProxyFields.All[field.Field] == KubeProxyFieldType.Duration;
            Add(field, section, name, isDuration ? [GoDuration.ToOwn(field.Text)] : field.Texts);
        }
    }

    private void Map(KubeProxyValue field, string localMode)
    {
        switch (field.Field)
        {
            case "apiVersion" or "kind":
                break;
            case "logging.verbosity":
                Add(field, "log", "level", [LevelOf(field.Text)]);
                break;
            case "detectLocalMode":
                MapLocalMode(field);
                break;
            case "clusterCIDR" when localMode is "" or ClusterCidrMode:
                Add(field, "", "clusterCIDRs", [.. field.Text.Split(',', StringSplitOptions.TrimEntries)]);
                break;
            case "portRange" when field.Text == "0-0":
                break;
            default:
                MapByName(field);
                break;
        }
    }

    private void MapByName(KubeProxyValue field)
    {
        if (s_keys.TryGetValue(field.Field, out (string Section, string Name, string? Port) key))
        {
            Add(field, key.Section, key.Name, key.Port is null ? field.Texts : [WithPort(field.Text, key.Port)]);
        }
        else if (field.Field != "bindAddress" || field.Text is not ("0.0.0.0" or "::"))
        {
            // An unspecified bindAddress is kube-proxy's default, and what kubeadm writes.
            _ignored.Add(field);
        }
    }

    /// <summary>Without networks of the cluster, those of the own Node are taken: that is mode NodeCIDR.</summary>
    private void MapLocalMode(KubeProxyValue field)
    {
        if (!s_localModes.Contains(field.Text))
        {
            _problems.Add(Origin(field).Error(
                field.Field, $"'{Printable.Of(field.Text)}' is not allowed; allowed is one of {string.Join(", ", s_localModes)}"));
        }
        else if (field.Text is not (ClusterCidrMode or NodeCidrMode))
        {
            _ignored.Add(field);
        }
    }

    private void Add(KubeProxyValue field, string section, string name, ImmutableArray<string> values)
    {
        if (ConfigurationSchema.Find(section, name) is not { } key)
        {
            _ignored.Add(field);
            return;
        }

        ImmutableArray<string> written = key.IsList || values.Length == 1 ? values : [string.Join(',', values)];
        if (key.Apply(ProxyConfiguration.Default, written, out string? refused) is null)
        {
            // Said here, under the name that is in the file.
            _problems.Add(Origin(field).Error(field.Field, $"'{Printable.Of(refused ?? "")}' is not allowed; allowed is {key.Allowed}"));
            return;
        }

        _values.Add(new ConfigurationValue(key, written, Origin(field)));
    }

    private void ReportIgnored()
    {
        if (_ignored.Count > 0)
        {
            _problems.Add(Origin(_ignored[0]).Problem(
                ProblemSeverity.Warning, null, $"these fields have no meaning here and are ignored: {string.Join(", ", _ignored.Select(f => f.Field))}"));
        }
    }

    private ConfigurationOrigin Origin(KubeProxyValue field) => ConfigurationOrigin.InFile(_file, field.Line);

    /// <summary>klog's levels as kube-proxy uses them: up to 3 for operators, 4 and 5 for debugging, above it everything.</summary>
    private static string LevelOf(string verbosity) => int.Parse(verbosity, CultureInfo.InvariantCulture) switch
    {
        <= 3 => "info",
        <= 5 => "debug",
        _ => "trace",
    };

    private static string WithPort(string address, string port)
    {
        if (!System.Net.IPAddress.TryParse(address.Trim('[', ']'), out System.Net.IPAddress? host))
        {
            return address;
        }

        bool bare = host.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
        return bare ? $"[{host}]:{port}" : $"{host}:{port}";
    }
}
