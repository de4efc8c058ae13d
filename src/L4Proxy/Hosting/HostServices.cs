using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace L4Proxy.Hosting;

/// <summary>The libraries' factories for logs and meters; nothing else of the process is built by a container.</summary>
internal static class HostServices
{
    public static ServiceProvider Build(HostSettings settings)
    {
        ServiceCollection services = new();
        services.AddMetrics();
        services.AddLogging(logging =>
        {
            logging.SetMinimumLevel(settings.LogLevel);
            logging.AddConsoleFormatter<TextLineFormatter, ConsoleFormatterOptions>();
            logging.AddJsonConsole(json =>
            {
                json.UseUtcTimestamp = true;
                json.TimestampFormat = TextLineFormatter.TimeFormat;
            });
            logging.AddConsole(console =>
            {
                console.FormatterName = settings.LogFormat == LogFormat.Json ? ConsoleFormatterNames.Json : TextLineFormatter.FormatName;

                // Standard output is for what the user asked to see.
                console.LogToStandardErrorThreshold = LogLevel.Trace;

                // A stuck terminal or pipe costs log lines, never an event loop.
                console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite;
            });
        });
        return services.BuildServiceProvider();
    }
}
