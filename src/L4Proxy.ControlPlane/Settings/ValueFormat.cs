namespace L4Proxy.ControlPlane.Settings;

/// <summary>
/// How one kind of value is written by people: in the configuration file, an environment variable, a flag or an
/// annotation. What <see cref="Format"/> writes, <see cref="TryParse"/> reads back to the same value.
/// </summary>
public abstract class ValueFormat<T>
{
    /// <summary>What is allowed, as said in an error: <c>an integer from 1 to 16</c>.</summary>
    public abstract string Allowed { get; }

    /// <summary>Reads a value. False when the text is not allowed, and then the value means nothing.</summary>
    public abstract bool TryParse(string text, out T value);

    /// <summary>The value in its shortest usual spelling.</summary>
    public abstract string Format(T value);
}
