namespace L4Proxy.DataPlane.Telemetry;

/// <summary>Is told of every connection that ends. Called on event loops: must return at once and never throw.</summary>
public interface IConnectionObserver
{
    /// <summary>Whether <see cref="Ended"/> is wanted at the moment; asked before the record is built.</summary>
    bool IsEnabled { get; }

    void Ended(in ConnectionEnd end);
}
