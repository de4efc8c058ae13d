using L4Proxy.ControlPlane;
using L4Proxy.ControlPlane.Sync;
using Microsoft.Extensions.Logging;

namespace L4Proxy.Hosting;

/// <summary>Makes the source of a run, which disposes it.</summary>
/// <param name="loggers">Loggers of the process.</param>
/// <param name="observer">Follows whether changes get into force; null when nobody asks.</param>
internal delegate ITableSource SourceFactory(ILoggerFactory loggers, ISyncObserver? observer);
