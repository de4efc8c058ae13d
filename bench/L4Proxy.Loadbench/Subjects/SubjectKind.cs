namespace L4Proxy.Loadbench.Subjects;

/// <summary>A proxy that is there and can be started, any number of times.</summary>
/// <param name="Name">Such as <c>haproxy</c>.</param>
/// <param name="Version">What the program says of its version.</param>
/// <param name="Program">Path of the program.</param>
/// <param name="IsFixed">Whether it has one listener that leads to one endpoint, for ever.</param>
/// <param name="Only">How the names of all scenarios begin for which it is meant; null for all.</param>
internal sealed record SubjectKind(string Name, string Version, string Program, bool IsFixed = false, string? Only = null);
