using System.Collections.Immutable;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Settings;

/// <summary>All settings that a Service can carry. To add one: add its field to ServiceOptions, and its line here.</summary>
public static class ServiceSettings
{
    /// <summary>Prefix of the annotations.</summary>
    public const string AnnotationPrefix = "l4proxy.io/";

    private static readonly TimeSpan s_ms = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    public static ImmutableArray<ServiceSetting> All { get; } =
    [
        Define("balance", "How an endpoint is chosen for a new connection.",
            ValueFormats.Balance,
            o => o.Balance, (o, v) => o with { Balance = v }),
        Define("ipvs-scheduler", "The same in mode ipvs, where the kernel chooses: a scheduler of ipvsadm(8).",
            ValueFormats.IpvsScheduler,
            o => o.IpvsScheduler, (o, v) => o with { IpvsScheduler = v }),
        Define("affinity-max-entries", "Clients remembered for each Service port with ClientIP affinity; the least recently used is dropped beyond it.",
            new IntegerFormat(1, 16_777_216),
            o => o.Affinity.MaxEntries, (o, v) => o with { Affinity = o.Affinity with { MaxEntries = v } }),

        Define("idle-timeout", "A connection without a byte in either direction for this long is ended.",
            new DurationFormat(s_ms, ValueFormats.MaxTimer, "never"),
            o => o.IdleTimeout, (o, v) => o with { IdleTimeout = v }),
        Define("half-open-timeout", "A connection that one side has closed is ended after this long without a byte.",
            new DurationFormat(s_ms, ValueFormats.MaxTimer, "never"),
            o => o.HalfOpenTimeout, (o, v) => o with { HalfOpenTimeout = v }),
        Define("max-age", "Longest life of a connection.",
            new DurationFormat(s_ms, ValueFormats.MaxTimer, "no limit"),
            o => o.MaxAge, (o, v) => o with { MaxAge = v }),
        Define("max-connections", "Connections at once for one Service port.",
            new IntegerFormat(0, 10_000_000, "no limit of its own"),
            o => o.MaxConnections, (o, v) => o with { MaxConnections = v }),
        Define("overflow", "What a new client meets when a connection limit is reached: it waits in the listen backlog, or is reset.",
            ValueFormats.Overflow,
            o => o.Overflow, (o, v) => o with { Overflow = v }),

        Define("connect-timeout", "How long one attempt to connect to an endpoint may take.",
            new DurationFormat(s_ms, s_hour),
            o => o.Dial.AttemptTimeout, (o, v) => o with { Dial = o.Dial with { AttemptTimeout = v } }),
        Define("hedge-delay", "Silence after which a second endpoint is tried beside the first.",
            new DurationFormat(s_ms, s_hour, "never"),
            o => o.Dial.HedgeDelay, (o, v) => o with { Dial = o.Dial with { HedgeDelay = v } }),
        Define("connect-attempts", "Distinct endpoints tried for one client.",
            new IntegerFormat(1, 16),
            o => o.Dial.MaxEndpoints, (o, v) => o with { Dial = o.Dial with { MaxEndpoints = v } }),
        Define("connect-total-timeout", "How long all attempts for one client may take together.",
            new DurationFormat(s_ms, s_hour),
            o => o.Dial.TotalTimeout, (o, v) => o with { Dial = o.Dial with { TotalTimeout = v } }),
        Define("source-address", "Local address that endpoints of its family are dialled from.",
            new SourceAddressFormat(),
            o => o.Dial.SourceAddress, (o, v) => o with { Dial = o.Dial with { SourceAddress = v } }),

        Define("ejection-failures", "Failed attempts in a row that take an endpoint out of the rotation.",
            new IntegerFormat(0, 1000, "never"),
            o => o.Ejection.ConsecutiveFailures, (o, v) => o with { Ejection = o.Ejection with { ConsecutiveFailures = v } }),
        Define("ejection-timeouts", "Unanswered attempts in a row that take an endpoint out of the rotation.",
            new IntegerFormat(0, 1000, "never"),
            o => o.Ejection.ConsecutiveTimeouts, (o, v) => o with { Ejection = o.Ejection with { ConsecutiveTimeouts = v } }),
        Define("ejection-time", "Length of the first ejection; each further one in a row is twice as long.",
            new DurationFormat(s_ms, ValueFormats.MaxTimer),
            o => o.Ejection.BaseTime, (o, v) => o with { Ejection = o.Ejection with { BaseTime = v } }),
        Define("ejection-max-time", "Longest ejection.",
            new DurationFormat(s_ms, ValueFormats.MaxTimer),
            o => o.Ejection.MaxTime, (o, v) => o with { Ejection = o.Ejection with { MaxTime = v } }),
        Define("ejection-max-percent", "Share of a Service port's endpoints that may be ejected at once, in percent. The last one never is.",
            new IntegerFormat(0, 100),
            o => o.Ejection.MaxPercent, (o, v) => o with { Ejection = o.Ejection with { MaxPercent = v } }),

        Define("health-check", "Active health check: none, or a TCP connection that is closed once it is established.",
            ValueFormats.HealthCheck,
            o => o.HealthCheck.Enabled, (o, v) => o with { HealthCheck = o.HealthCheck with { Enabled = v } }),
        Define("health-check-interval", "Time between two checks of one endpoint.",
            new DurationFormat(TimeSpan.FromMilliseconds(100), s_hour),
            o => o.HealthCheck.Interval, (o, v) => o with { HealthCheck = o.HealthCheck with { Interval = v } }),
        Define("health-check-timeout", "How long one check may take.",
            new DurationFormat(s_ms, s_hour),
            o => o.HealthCheck.Timeout, (o, v) => o with { HealthCheck = o.HealthCheck with { Timeout = v } }),
        Define("health-check-rise", "Successes in a row that bring an endpoint back.",
            new IntegerFormat(1, 100),
            o => o.HealthCheck.Rise, (o, v) => o with { HealthCheck = o.HealthCheck with { Rise = v } }),
        Define("health-check-fall", "Failures in a row that take an endpoint out.",
            new IntegerFormat(1, 100),
            o => o.HealthCheck.Fall, (o, v) => o with { HealthCheck = o.HealthCheck with { Fall = v } }),

        Define("tcp-nodelay", "TCP_NODELAY on both sides.",
            ValueFormats.Boolean,
            o => o.Tcp.NoDelay, (o, v) => o with { Tcp = o.Tcp with { NoDelay = v } }),
        Define("keepalive", "Idle time after which a keepalive probe is sent (TCP_KEEPIDLE) on both sides.",
            new DurationFormat(s_second, TimeSpan.FromSeconds(32767), "off", s_second),
            o => Seconds(o.Tcp.KeepAliveSeconds), (o, v) => o with { Tcp = o.Tcp with { KeepAliveSeconds = (int)v.TotalSeconds } }),
        Define("keepalive-interval", "Time between two keepalive probes (TCP_KEEPINTVL).",
            new DurationFormat(s_second, TimeSpan.FromSeconds(32767), unit: s_second),
            o => Seconds(o.Tcp.KeepAliveIntervalSeconds), (o, v) => o with { Tcp = o.Tcp with { KeepAliveIntervalSeconds = (int)v.TotalSeconds } }),
        Define("keepalive-probes", "Unanswered keepalive probes that end a connection (TCP_KEEPCNT).",
            new IntegerFormat(1, 127),
            o => o.Tcp.KeepAliveProbes, (o, v) => o with { Tcp = o.Tcp with { KeepAliveProbes = v } }),
        Define("tcp-user-timeout", "How long sent data may stay unacknowledged (TCP_USER_TIMEOUT, Linux only).",
            new DurationFormat(s_ms, ValueFormats.MaxTimer, "the kernel's rule"),
            o => o.Tcp.UserTimeout, (o, v) => o with { Tcp = o.Tcp with { UserTimeout = v } }),

        Define("proxy-protocol", "PROXY protocol header that an endpoint gets before anything else: none, or its version.",
            ValueFormats.ProxyProtocol,
            o => o.ProxyProtocol.Send, (o, v) => o with { ProxyProtocol = o.ProxyProtocol with { Send = v } }),
        Define("proxy-protocol-crc32c", "A checksum in each header of version 2 that is sent.",
            ValueFormats.Boolean,
            o => o.ProxyProtocol.SendChecksum, (o, v) => o with { ProxyProtocol = o.ProxyProtocol with { SendChecksum = v } }),
        Define("accept-proxy-protocol", "Whether every client has to begin with a PROXY protocol header, of either version.",
            ValueFormats.Boolean,
            o => o.ProxyProtocol.Accept, (o, v) => o with { ProxyProtocol = o.ProxyProtocol with { Accept = v } }),
        Define("proxy-protocol-sources", "Peers whose header is believed; where one is required, all others are reset.",
            new NetworkSetFormat(),
            o => o.ProxyProtocol.TrustedSources, (o, v) => o with { ProxyProtocol = o.ProxyProtocol with { TrustedSources = v } }),
        Define("proxy-protocol-timeout", "How long a client may take to send its header.",
            new DurationFormat(s_ms, s_hour),
            o => o.ProxyProtocol.Timeout, (o, v) => o with { ProxyProtocol = o.ProxyProtocol with { Timeout = v } }),

        Define("on-endpoint-leave", "What happens to live connections of an endpoint that leaves: they go on, end after a grace time, or are reset.",
            ValueFormats.EndpointLeave,
            o => o.OnEndpointLeave, (o, v) => o with { OnEndpointLeave = v }),
        Define("endpoint-leave-grace", "Length of that grace time.",
            new DurationFormat(s_ms, ValueFormats.MaxTimer, "none"),
            o => o.EndpointLeaveGrace, (o, v) => o with { EndpointLeaveGrace = v }),
    ];

    /// <summary>The setting of an annotation's name without its prefix; null when there is none.</summary>
    public static ServiceSetting? FindByName(string name)
    {
        foreach (ServiceSetting setting in All)
        {
            if (string.Equals(setting.Name, name, StringComparison.Ordinal))
            {
                return setting;
            }
        }

        return null;
    }

    private static ServiceSetting Define<T>(
        string name,
        string description,
        ValueFormat<T> format,
        Func<ServiceOptions, T> get,
        Func<ServiceOptions, T, ServiceOptions> set) => new()
        {
            Name = name,
            Key = ToCamelCase(name),
            Description = description,
            Allowed = format.Allowed,
            Format = options => format.Format(get(options)),
            Apply = (options, text) => format.TryParse(text, out T value) ? set(options, value) : null,
        };

    private static string ToCamelCase(string name)
    {
        Span<char> key = stackalloc char[name.Length];
        int length = 0;
        for (int i = 0; i < name.Length; i++)
        {
            key[length++] = name[i] == '-' ? char.ToUpperInvariant(name[++i]) : name[i];
        }

        return new string(key[..length]);
    }

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);
}
