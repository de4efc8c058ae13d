using System.Collections.Immutable;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane;

/// <summary>What a source knows at one moment: the table, and all problems that its input has now.</summary>
public sealed record SourceSnapshot(ServiceTable Table, ImmutableArray<Problem> Problems);
