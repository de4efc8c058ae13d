using System.Collections.Immutable;
using System.Net;
using L4Proxy.ControlPlane;
using L4Proxy.DataPlane;
using L4Proxy.DataPlane.Services;
using L4Proxy.Hosting;
using L4Proxy.Testing;
using Microsoft.Extensions.Logging;
using Xunit;

namespace L4Proxy.Tests.Hosting;

public sealed class TableReportTests
{
    private static readonly Problem s_problem = new() { Severity = ProblemSeverity.Warning, File = "a.yaml", Line = 3, Message = "is odd" };

    private readonly ListLogger<ProxyHost> _logger = new();
    private readonly TableReport _report;

    public TableReportTests() => _report = new TableReport(_logger);

    [Fact]
    public void Applied_SameAgain_SaysNothingNew()
    {
        _report.Applied([s_problem], Result([Listener(error: null)], "a note"));
        Assert.Equal(
            [(LogLevel.Warning, "a.yaml:3: is odd"), (LogLevel.Information, "a note"), (LogLevel.Information, "web listens on 127.0.0.1:80")],
            _logger.Entries);

        _report.Applied([s_problem with { }], Result([], "a note"));
        Assert.Equal(3, _logger.Entries.Count);
    }

    [Fact]
    public void Applied_ProblemGone_IsSaidOnce()
    {
        _report.Applied([s_problem, s_problem], Result([]));
        _report.Applied([], Result([]));
        _report.Applied([], Result([]));
        Assert.Equal(["a.yaml:3: is odd", "solved: a.yaml:3: is odd"], _logger.Messages);
    }

    [Fact]
    public void Applied_ListenerFailsRecoversAndGoes_IsSaidEachTime()
    {
        _report.Applied([], Result([Listener("cannot listen on 127.0.0.1:80: address in use")]));
        _report.Applied([], Result([Listener(error: null)]));
        _report.Applied([], Result([Listener(error: null) with { Open = false }]));
        _report.Applied([], Result([]) with { Gone = [Listener(error: null) with { Open = false }] });
        Assert.Equal(
            [
                (LogLevel.Error, "web: cannot listen on 127.0.0.1:80: address in use"),
                (LogLevel.Information, "web listens on 127.0.0.1:80"),
                (LogLevel.Information, "web has 127.0.0.1:80 but no endpoint: clients are refused until there is one"),
                (LogLevel.Information, "web no longer listens on 127.0.0.1:80"),
            ],
            _logger.Entries);
    }

    private static ListenerStatus Listener(string? error)
    {
        IPEndPoint address = new(IPAddress.Loopback, 80);
        return new ListenerStatus(
            new ServicePortKey("", "web", "", ServiceProtocol.Tcp),
            new FrontendEntry(address, FrontendKind.Forward),
            error is null ? address : null,
            Open: error is null,
            error);
    }

    private static ApplyResult Result(ImmutableArray<ListenerStatus> changed, params ImmutableArray<string> notes) => new(changed, [], notes);
}
