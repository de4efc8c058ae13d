using System.Net;
using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;
using L4Proxy.Telemetry;
using L4Proxy.Testing;
using L4Proxy.Testing.Time;
using Xunit;

namespace L4Proxy.Tests.Telemetry;

public sealed class TroubleReportTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly ListLogger<TroubleReport> _log = new();
    private readonly List<ServiceState> _services = [];
    private readonly ServiceState _service = new(
        new ServiceEntry
        {
            Key = new ServicePortKey("default", "web", "http", ServiceProtocol.Tcp),
            Frontends = [],
            Endpoints = [new EndpointEntry { Address = new IPEndPoint(IPAddress.Loopback, 19001) }],
        },
        counterSlots: 1);

    private readonly TroubleReport _report;

    public TroubleReportTests()
    {
        _services.Add(_service);
        _report = new TroubleReport(() => _services, _time, _log);
    }

    public void Dispose() => _report.Dispose();

    [Fact]
    public void Failures_First_IsToldWithinASecond()
    {
        Fail(CloseReason.ConnectFailed, 1);
        Fail(CloseReason.Finished, 1);
        Advance(1);
        Assert.Equal(["default/web:http: 1 clients were reset because no endpoint could be connected to (SC 1)"], _log.Messages);
    }

    [Fact]
    public void Failures_ByTheThousand_AreOneLineInTenSeconds()
    {
        for (int second = 0; second < 21; second++)
        {
            Fail(CloseReason.ConnectFailed, 1000);
            Fail(CloseReason.ConnectTimeout, second == 15 ? 1 : 0);
            Advance(1);
        }

        Assert.Equal(
            [
                "default/web:http: 1000 clients were reset because no endpoint could be connected to (SC 1000)",
                "default/web:http: 10000 clients were reset because no endpoint could be connected to (SC 10000)",
                "default/web:http: 10001 clients were reset because no endpoint could be connected to (SC 10000, sC 1)",
            ],
            _log.Messages);
    }

    [Fact]
    public void Failures_NotYetTold_AreToldAtTheEnd()
    {
        Fail(CloseReason.ConnectFailed, 1);
        Advance(1);
        Fail(CloseReason.ConnectFailed, 2);
        _report.Dispose();
        Assert.Equal(2, _log.Messages.Count);
    }

    [Fact]
    public void Ejection_AndItsEnd_AreToldOnceEach()
    {
        EndpointState endpoint = _service.Endpoints[0];
        endpoint.CountDialFailure();
        Mark(_service, () => endpoint.Marks.Eject(retryAtMs: 0));
        Advance(3);
        Mark(_service, endpoint.ClearMarks);
        Advance(3);
        Assert.Equal(
            [
                "default/web:http: endpoint 127.0.0.1:19001 is ejected after 1 failed and 0 unanswered dials",
                "default/web:http: endpoint 127.0.0.1:19001 is no longer ejected",
            ],
            _log.Messages);
    }

    [Theory]
    [InlineData("127.0.0.1", EndpointScope.Cluster)]
    [InlineData("::1", EndpointScope.Cluster)]
    [InlineData("127.0.0.1", EndpointScope.Local)]
    [InlineData("::1", EndpointScope.Local)]
    public void Ejection_OfAnyFamilyAndScope_IsTold(string address, EndpointScope scope)
    {
        bool isLocal = scope == EndpointScope.Local;
        ServiceState service = new(
            _service.Entry with
            {
                SameFamily = true,
                Frontends = [new FrontendEntry(new IPEndPoint(IPAddress.IPv6Loopback, 0), FrontendKind.NodePort) { FromOutside = scope }],
                Endpoints = [new EndpointEntry { Address = new IPEndPoint(IPAddress.Parse(address), 19001), Usable = !isLocal, UsableLocally = isLocal }],
            },
            counterSlots: 1);
        _services.Add(service);
        Mark(service, () => service.Endpoints[0].Marks.Eject(retryAtMs: 0));
        Advance(1);
        Assert.Contains("is ejected", Assert.Single(_log.Messages), StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_Wrong_NothingSaid()
    {
        Fail(CloseReason.Finished, 5);
        Advance(30);
        _services.Clear();
        Advance(30);
        Assert.Empty(_log.Messages);
    }

    [Fact]
    public void ManyServices_WithoutTrouble_CostNoMemory()
    {
        for (int i = 0; i < 10_000; i++)
        {
            _services.Add(new ServiceState(_service.Entry, counterSlots: 1));
        }

        Fail(CloseReason.ConnectFailed, 1);
        Advance(1);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Advance(1);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 20_000);
    }

    [Fact]
    public void Service_ThatComesBack_IsToldOfAnew()
    {
        Fail(CloseReason.ConnectFailed, 3);
        Advance(1);
        _services.Clear();
        Advance(1);
        _services.Add(_service);
        Advance(1);
        Assert.Equal(2, _log.Messages.Count);
    }

    private static void Mark(ServiceState service, Action mark)
    {
        lock (service.Gate)
        {
            mark();
            service.RebuildPool();
        }
    }

    private void Fail(CloseReason reason, int count)
    {
        for (int i = 0; i < count; i++)
        {
            _service.CountersFor(0).Close(reason, discarded: 0);
        }
    }

    private void Advance(int seconds) => _time.Advance(TimeSpan.FromSeconds(seconds));
}
