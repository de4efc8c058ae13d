using System.Globalization;
using L4Proxy.DataPlane.Telemetry;
using L4Proxy.Hosting;

namespace L4Proxy.Telemetry;

/// <summary>The access log for people and grep: <c>key=value</c> pairs in a fixed order.</summary>
internal sealed class TextAccessLine : AccessLineWriter
{
    public override void Write(TextWriter writer, DateTimeOffset at, in ConnectionEnd end)
    {
        writer.Write(at.UtcDateTime.ToString(TextLineFormatter.TimeFormat, CultureInfo.InvariantCulture));
        writer.Write(" access client=");
        writer.Write(end.Client.ToString());
        writer.Write(" service=");
        TextLineFormatter.WriteEscaped(writer, end.Service.Key.ToString());
        if (end.Destination != default)
        {
            writer.Write(" destination=");
            writer.Write(end.Destination.ToString());
        }

        writer.Write(string.Create(
            CultureInfo.InvariantCulture,
            $" endpoint={end.Endpoint?.Address.ToString() ?? "-"} connect_ms={end.ConnectTime.TotalMilliseconds:F2} duration_ms={end.Duration.TotalMilliseconds:F2} bytes_up={end.BytesUp} bytes_down={end.BytesDown} retries={end.Retries} end={end.Reason.Code()}\n"));
    }
}
