using System.Net;
using L4Proxy.Loadbench.Subjects;
using Xunit;

namespace L4Proxy.Tests.Loadbench.Subjects;

public sealed class SubjectListenerTests
{
    [Fact]
    public void AreSame_OtherOrderOfEndpoints_IsNoChange() =>
        Assert.True(SubjectListener.AreSame([Listener(80, 1, 2, 3)], [Listener(80, 3, 1, 2)]));

    [Fact]
    public void AreSame_OtherEndpointOrPort_IsAChange()
    {
        Assert.False(SubjectListener.AreSame([Listener(80, 1, 2)], [Listener(80, 1, 3)]));
        Assert.False(SubjectListener.AreSame([Listener(80, 1)], [Listener(81, 1)]));
        Assert.False(SubjectListener.AreSame([Listener(80, 1)], [Listener(80, 1), Listener(81, 1)]));
    }

    private static SubjectListener Listener(int port, params int[] endpoints) =>
        new(new IPEndPoint(IPAddress.Loopback, port), [.. endpoints.Select(e => new IPEndPoint(IPAddress.Loopback, e))]);
}
