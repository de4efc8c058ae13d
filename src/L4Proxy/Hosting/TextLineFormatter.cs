using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace L4Proxy.Hosting;

/// <summary>
/// One line a message: time, level, message. Control characters are written as escapes, so that nothing that comes
/// from outside (a Service's name, an error text) can forge a line or drive a terminal.
/// </summary>
internal sealed class TextLineFormatter() : ConsoleFormatter(FormatName)
{
    public const string FormatName = "l4proxy";

    /// <summary>Time stamps of all log lines, in UTC (RFC 3339).</summary>
    public const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        string message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        textWriter.Write(DateTime.UtcNow.ToString(TimeFormat, CultureInfo.InvariantCulture));
        textWriter.Write(Label(logEntry.LogLevel));
        WriteEscaped(textWriter, message);
        textWriter.Write('\n');
        if (logEntry.Exception is { } exception)
        {
            // A stack trace is for a defect, never for a user's mistake; its lines are kept apart for people to read.
            textWriter.Write(exception.ToString());
            textWriter.Write('\n');
        }
    }

    /// <summary>Writes control characters, and the line and paragraph separators, as <c>\uXXXX</c>.</summary>
    public static void WriteEscaped(TextWriter writer, ReadOnlySpan<char> text)
    {
        int start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (char.IsControl(c) || c is '\u2028' or '\u2029')
            {
                writer.Write(text[start..i]);
                writer.Write("\\u");
                writer.Write(((int)c).ToString("x4", CultureInfo.InvariantCulture));
                start = i + 1;
            }
        }

        writer.Write(text[start..]);
    }

    private static string Label(LogLevel level) => level switch
    {
        LogLevel.Trace => " trce ",
        LogLevel.Debug => " dbug ",
        LogLevel.Information => " info ",
        LogLevel.Warning => " warn ",
        LogLevel.Error => " fail ",
        _ => " crit ",
    };
}
