using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using L4Proxy.Testing;
using L4Proxy.Testing.Clients;
using Xunit;

namespace L4Proxy.SystemTests;

/// <summary><c>l4proxy demo</c> as a process.</summary>
public sealed class DemoTests
{
    [Theory]
    [InlineData("linux")]
    [InlineData("portable")]
    public async Task Demo_Started_AnswersHttpAndLinesAndEndsCleanly(string engine)
    {
        using Process demo = ProgramRun.Start([], "demo", "--port", "0", "--engine", engine);
        string first = await demo.StandardOutput.ReadLineAsync().Within() ?? "";
        Task<string> rest = demo.StandardOutput.ReadToEndAsync();
        Task<string> error = demo.StandardError.ReadToEndAsync();
        IPEndPoint address = IPEndPoint.Parse(Regex.Match(first, @"http://(\S+);").Groups[1].Value);

        using (TcpPeer http = await TcpPeer.ConnectAsync(address))
        {
            await http.SendTextAsync("GET / HTTP/1.1\r\nHost: demo\r\n\r\n");
            Assert.Matches("^HTTP/1.1 200 OK\r\n(.|\n)*\r\n\r\n(alpha|beta|gamma)\n$", await http.ReceiveTextToEndAsync());
        }

        using (TcpPeer plain = await TcpPeer.ConnectAsync(address))
        {
            string name = await plain.ReceiveTextAsync(4);
            Assert.Contains(name, new[] { "alph", "beta", "gamm" }, StringComparer.Ordinal);
        }

        await Signals.SendAsync(demo.Id, "TERM");
        await demo.WaitForExitAsync().Within();
        Assert.Equal(0, demo.ExitCode);
        Assert.Equal("", await error);
        string text = await rest;
        Assert.Contains($"curl {address}", text, StringComparison.Ordinal);
        Assert.Contains("gamma 127.0.0.1:", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Demo_PortTaken_TakesTheNextFreeOne()
    {
        await using Testing.Backends.TcpBackend other = Testing.Backends.TcpBackend.Start(IPFamily.IPv4, Testing.Backends.Scripts.Echo);
        ProgramRun run = await ProgramRun.ToEndAsync("demo", "--port", $"{other.EndPoint.Port}", "--duration", "1ms");
        Assert.Equal(0, run.ExitCode);
        int port = int.Parse(Regex.Match(run.Output, @"http://127\.0\.0\.1:(\d+);").Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(port, other.EndPoint.Port + 1, other.EndPoint.Port + 100);
    }
}
