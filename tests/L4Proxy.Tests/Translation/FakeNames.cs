using System.Collections.Immutable;
using System.Net;
using L4Proxy.ControlPlane.Names;

namespace L4Proxy.Tests.Translation;

/// <summary>Names as the golden cases need them; everything else does not resolve.</summary>
internal sealed class FakeNames : INameTable
{
    public event EventHandler? Changed
    {
        add { }
        remove { }
    }

    public ImmutableArray<IPAddress> Lookup(string host) => host switch
    {
        "db.example" => [IPAddress.Parse("198.51.100.7"), IPAddress.Parse("198.51.100.6"), IPAddress.Parse("2001:db8::7")],
        "odd.example" => [IPAddress.Any, IPAddress.Parse("224.0.0.1"), IPAddress.Loopback],
        _ => [],
    };

    public string? ErrorOf(string host) => Lookup(host).IsEmpty ? "no such host" : null;
}
