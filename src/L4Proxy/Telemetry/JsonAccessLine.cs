using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using L4Proxy.DataPlane.Telemetry;
using L4Proxy.Hosting;

namespace L4Proxy.Telemetry;

/// <summary>The access log for machines: one JSON object a line, its first keys those of the other log lines.</summary>
internal sealed class JsonAccessLine : AccessLineWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new(512);

    public override void Write(TextWriter writer, DateTimeOffset at, in ConnectionEnd end)
    {
        _bytes.ResetWrittenCount();
        using (Utf8JsonWriter json = new(_bytes))
        {
            json.WriteStartObject();
            json.WriteString("Timestamp", at.UtcDateTime.ToString(TextLineFormatter.TimeFormat, CultureInfo.InvariantCulture));
            json.WriteString("LogLevel", "Information");
            json.WriteString("Category", "L4Proxy.Access");
            json.WriteString("Client", end.Client.ToString());
            json.WriteString("Service", end.Service.Key.ToString());
            if (end.Destination != default)
            {
                json.WriteString("Destination", end.Destination.ToString());
            }

            json.WriteString("Endpoint", end.Endpoint?.Address.ToString());
            json.WriteNumber("ConnectMs", Math.Round(end.ConnectTime.TotalMilliseconds, 2));
            json.WriteNumber("DurationMs", Math.Round(end.Duration.TotalMilliseconds, 2));
            json.WriteNumber("BytesUp", end.BytesUp);
            json.WriteNumber("BytesDown", end.BytesDown);
            json.WriteNumber("Retries", end.Retries);
            json.WriteString("End", end.Reason.Code());
            json.WriteEndObject();
        }

        writer.Write(Encoding.UTF8.GetString(_bytes.WrittenSpan));
        writer.Write('\n');
    }
}
