using System.Net;
using L4Proxy.ControlPlane.Translation;
using L4Proxy.DataPlane.Services;
using Xunit;

namespace L4Proxy.Tests.Translation;

public sealed class EndpointChooserTests
{
    /// <summary>
    /// Endpoints by letter: r ready, n not ready, u neither ready nor serving, t terminating and serving, d terminating
    /// and no longer serving, p terminating but published as ready. The second text marks the chosen ones.
    /// </summary>
    [Theory]
    [InlineData("", "")]
    [InlineData("r", "+")]
    [InlineData("rrr", "+++")]
    [InlineData("n", "-")]
    [InlineData("u", "-")]
    [InlineData("rn", "+-")]
    [InlineData("rt", "+-")]
    [InlineData("t", "+")]
    [InlineData("tt", "++")]
    [InlineData("td", "+-")]
    [InlineData("tnu", "+--")]
    [InlineData("d", "-")]
    [InlineData("pt", "+-")]
    [InlineData("nrtdu", "-+---")]
    public void Choose_Endpoints_ReadyElseServingWhileTerminating(string endpoints, string chosen)
    {
        EndpointEntry[] entries = [.. endpoints.Select((c, i) => Endpoint(c, i))];

        string actual = string.Concat(EndpointChooser.Choose([.. entries]).Select(e => e.Usable ? '+' : '-'));

        Assert.Equal(chosen, actual);
    }

    private static EndpointEntry Endpoint(char kind, int index) => new()
    {
        Address = new IPEndPoint(IPAddress.Loopback, index + 1),
        Ready = kind is 'r' or 'p',
        Serving = kind is 'r' or 'n' or 't' or 'p',
        Terminating = kind is 't' or 'd' or 'p',
        Usable = kind is 'n',
    };
}
