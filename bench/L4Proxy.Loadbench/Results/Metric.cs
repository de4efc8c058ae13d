namespace L4Proxy.Loadbench.Results;

/// <summary>A figure of samples that is shown and compared.</summary>
/// <param name="Name">Such as <c>CPU per operation</c>.</param>
/// <param name="Unit">Such as <c>us</c>.</param>
/// <param name="LessIsBetter">Whether a small ratio is the better one.</param>
/// <param name="Of">The figure; null where a sample has none.</param>
internal sealed record Metric(string Name, string Unit, bool LessIsBetter, Func<Sample, double?> Of);
