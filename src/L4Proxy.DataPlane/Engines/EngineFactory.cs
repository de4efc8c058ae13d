using L4Proxy.DataPlane.Engines.Linux;
using L4Proxy.DataPlane.Engines.Portable;
using L4Proxy.DataPlane.Telemetry;
using Microsoft.Extensions.Logging;

namespace L4Proxy.DataPlane.Engines;

/// <summary>Makes the engine that was asked for.</summary>
public static class EngineFactory
{
    /// <summary>Makes an engine; <see cref="EngineKind.Auto"/> takes Linux where it can run.</summary>
    /// <exception cref="PlatformNotSupportedException">The engine asked for cannot run here; the message says why.</exception>
    public static IProxyEngine Create(EngineKind kind, EngineOptions options, IConnectionObserver? observer, ILoggerFactory loggers)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(loggers);
        return kind switch
        {
            EngineKind.Linux => new LinuxEngine(options, observer, loggers),
            EngineKind.Portable => new PortableEngine(options, observer, loggers),
            EngineKind.Auto when LinuxEngine.IsSupported(out _) => new LinuxEngine(options, observer, loggers),
            EngineKind.Auto => new PortableEngine(options, observer, loggers),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "auto, linux or portable"),
        };
    }
}
