using System.Net;
using System.Text.RegularExpressions;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Processes;
using Xunit;

namespace L4Proxy.SystemTests;

/// <summary><c>l4proxy demo</c> as a process.</summary>
public sealed class DemoTests : ForwardTest
{
    [Theory, MemberData(nameof(Engines))]
    public async Task Demo_Started_AnswersHttpAndLinesAndEndsCleanly(string engine)
    {
        Requires.Linux();
        string program = Path.Combine(AppContext.BaseDirectory, "l4proxy.dll");
        await using ChildProcess demo = ChildProcess.Start("dotnet", "exec", program, "demo", "--port", "0", "--engine", engine);
        await demo.WaitForAsync("Ctrl-C");
        IPEndPoint address = IPEndPoint.Parse(Regex.Match(demo.Output, @"http://(\S+);").Groups[1].Value);

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

        demo.Send(Signal.Terminate);
        Assert.Equal(0, await demo.WaitForExitAsync());
        Assert.Equal("", demo.Error);
        Assert.Contains($"curl {address}", demo.Output, StringComparison.Ordinal);
        Assert.Contains("gamma 127.0.0.1:", demo.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Demo_PortTaken_TakesTheNextFreeOne()
    {
        await using TcpBackend other = TcpBackend.Start(IPFamily.IPv4, Scripts.Echo);
        ProgramRun run = await ProgramRun.ToEndAsync("demo", "--port", $"{other.EndPoint.Port}", "--duration", "1ms");
        Assert.Equal(0, run.ExitCode);
        int port = int.Parse(Regex.Match(run.Output, @"http://127\.0\.0\.1:(\d+);").Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(port, other.EndPoint.Port + 1, other.EndPoint.Port + 100);
    }
}
