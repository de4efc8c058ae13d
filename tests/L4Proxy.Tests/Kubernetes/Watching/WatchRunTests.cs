using System.Text;
using L4Proxy.ControlPlane.Kubernetes.Json;
using L4Proxy.ControlPlane.Kubernetes.Watching;
using L4Proxy.Testing.Time;
using Xunit;

namespace L4Proxy.Tests.Kubernetes.Watching;

public class WatchRunTests
{
    [Fact]
    public async Task ListAndFollow_InitialEventsThatDripInForever_AreGivenUpWhenTheWatchWasToEnd()
    {
        ManualTimeProvider time = new();
        ResourceScope scope = new(ResourceKind.Services, null);
        DrippingStream body = new(time, TimeSpan.FromSeconds(9), Encoding.UTF8.GetBytes(ApiJson.Event("ADDED", ApiJson.Service("a", 5)) + "\n"));
        ObjectDecoder decoder = new(scope.Kind);
        WatchRun watch = new(new ApiClient(new StreamApi(body), scope, time), scope, decoder, new ObjectStore(scope, new RecordingSink()), time);

        ApiFailureException failure = await Assert.ThrowsAsync<ApiFailureException>(
            () => watch.ListAndFollowAsync(null, TimeSpan.FromSeconds(60), CancellationToken.None));

        Assert.Equal("the answer to watch services broke: the initial events did not come to their end", failure.Message);
        Assert.InRange(watch.Lived.TotalSeconds, 89, 100);
    }
}
