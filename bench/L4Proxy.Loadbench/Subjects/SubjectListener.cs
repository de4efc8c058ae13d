using System.Collections.Immutable;
using System.Net;

namespace L4Proxy.Loadbench.Subjects;

/// <summary>A port that a proxy listens on, and the endpoints that it leads to, round robin.</summary>
internal sealed record SubjectListener(IPEndPoint Address, ImmutableArray<IPEndPoint> Endpoints);
