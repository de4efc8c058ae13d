using System.Net;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.KernelRules;

/// <summary>An address from outside the cluster by which clients know a Service port.</summary>
/// <param name="Address">The address; the port is the Service port's.</param>
/// <param name="Kind"><see cref="FrontendKind.ExternalIP"/> or <see cref="FrontendKind.LoadBalancer"/>.</param>
/// <param name="AllowedSources">The clients that are served, the packets of others are dropped; empty admits all.</param>
public sealed record ExternalAddress(IPAddress Address, FrontendKind Kind, NetworkSet AllowedSources);
