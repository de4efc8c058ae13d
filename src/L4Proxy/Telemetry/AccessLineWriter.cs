using L4Proxy.DataPlane.Telemetry;

namespace L4Proxy.Telemetry;

/// <summary>Writes one record of the access log as one line.</summary>
internal abstract class AccessLineWriter
{
    /// <summary>Writes the line with its line feed.</summary>
    public abstract void Write(TextWriter writer, DateTimeOffset at, in ConnectionEnd end);
}
