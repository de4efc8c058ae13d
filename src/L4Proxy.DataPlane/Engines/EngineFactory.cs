using L4Proxy.DataPlane.Engines.Linux;
using L4Proxy.DataPlane.Telemetry;
using Microsoft.Extensions.Logging;

namespace L4Proxy.DataPlane.Engines;

/// <summary>Makes the engine that was asked for.</summary>
public static class EngineFactory
{
    /// <summary>Makes an engine; <see cref="EngineKind.Auto"/> takes Linux where it can run.</summary>
    /// <exception cref="PlatformNotSupportedException">The engine asked for cannot run here; the message says why.</exception>
    public static IProxyEngine Create(EngineKind kind, EngineOptions options, IConnectionObserver? observer, ILoggerFactory loggers) =>
        new LinuxEngine(options, observer, loggers);
}
