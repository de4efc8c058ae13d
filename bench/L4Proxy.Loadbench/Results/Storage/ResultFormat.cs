namespace L4Proxy.Loadbench.Results.Storage;

/// <summary>What a file says of its format, which is read before the rest.</summary>
internal sealed record ResultFormat
{
    public string? Format { get; init; }
}
