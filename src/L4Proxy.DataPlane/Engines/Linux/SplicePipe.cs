namespace L4Proxy.DataPlane.Engines.Linux;

/// <summary>A pipe that bytes are spliced through; empty while it lies in the pool.</summary>
internal sealed class SplicePipe(int readEnd, int writeEnd, int capacity)
{
    public int ReadEnd => readEnd;

    public int WriteEnd => writeEnd;

    /// <summary>How many bytes to ask splice(2) for at once.</summary>
    public int Capacity => capacity;
}
