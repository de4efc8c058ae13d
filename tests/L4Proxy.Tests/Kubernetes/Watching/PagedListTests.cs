using L4Proxy.ControlPlane.Kubernetes.Json;
using L4Proxy.ControlPlane.Kubernetes.Watching;
using L4Proxy.Testing;
using L4Proxy.Testing.Time;
using Xunit;

namespace L4Proxy.Tests.Kubernetes.Watching;

public class PagedListTests
{
    private static readonly ResourceScope s_scope = new(ResourceKind.Services, null);

    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task Read_PageThatDripsIn_IsGivenUp()
    {
        DrippingStream body = new(_time, TimeSpan.FromSeconds(20), " "u8.ToArray());
        ApiFailureException failure = await FailsAsync(new StreamApi(body));
        Assert.Equal("the answer to list services broke: a page was not there after 120 s", failure.Message);
        Assert.InRange(body.Reads, 6, 7);
    }

    [Fact]
    public async Task Read_ServerThatIgnoresTheToken_IsGivenUp()
    {
        ScriptedApi api = new();
        Task<ApiFailureException> failing = FailsAsync(api);
        (await api.NextAsync()).Answer(ApiJson.ListPage(10, "t1", ApiJson.Service("a", 5)));
        (await api.NextAsync()).Answer(ApiJson.ListPage(10, "t1", ApiJson.Service("a", 5)));
        ApiFailureException failure = await failing.Within();
        Assert.Equal((FailureKind.BrokenAnswer, "the next page of a list is the same page again"), (failure.Kind, failure.Message));
        Assert.Equal(0, api.Waiting);
    }

    private Task<ApiFailureException> FailsAsync(ControlPlane.Kubernetes.IApiConnection api) => Assert.ThrowsAsync<ApiFailureException>(
        () => new PagedList(new ApiClient(api, s_scope, _time), new ObjectDecoder(s_scope.Kind), _time).ReadAsync(CancellationToken.None));
}
