using System.Collections.Immutable;
using System.Net;
using FsCheck;
using FsCheck.Fluent;
using L4Proxy.ControlPlane.Forwarding;
using Xunit;

namespace L4Proxy.Tests.Forwarding;

public sealed class ForwardSpecParserTests
{
    [Theory]
    [InlineData("18080=127.0.0.1:19001,127.0.0.1:19002", "127.0.0.1:18080=127.0.0.1:19001,127.0.0.1:19002")]
    [InlineData("tcp:80=web:8080", "127.0.0.1:80=web:8080")]
    [InlineData("TCP:0=web:8080", "127.0.0.1:0=web:8080")]
    [InlineData("0.0.0.0:80=web:8080", "0.0.0.0:80=web:8080")]
    [InlineData("[::1]:80=[::1]:8080,[2001:db8::1]:1", "[::1]:80=[::1]:8080,[2001:db8::1]:1")]
    [InlineData("80=a:1/weight=3,b:2/weight=0,c:3/weight=1", "127.0.0.1:80=a:1/weight=3,b:2/weight=0,c:3")]
    public void TryParse_Spec_IsRead(string text, string canonical)
    {
        Assert.True(ForwardSpecParser.TryParse(text, out ForwardSpec? spec, out string? error), error);
        Assert.Equal(canonical, spec.ToString());
        Assert.Equal(text, spec.Text);
    }

    [Theory]
    [InlineData("", "'=' is missing")]
    [InlineData("8080", "'=' is missing")]
    [InlineData("udp:53=dns:53", "UDP is not served yet")]
    [InlineData("=web:80", "port '' is not a number from 0")]
    [InlineData("65536=web:80", "port '65536' is not a number from 0 (any free port) to 65535")]
    [InlineData("+80=web:80", "port '+80' is not a number")]
    [InlineData("localhost:80=web:80", "listener 'localhost:80': write PORT (on 127.0.0.1), ADDRESS:PORT or [V6]:PORT")]
    [InlineData("::1:80=web:80", "listener '::1:80'")]
    [InlineData("[127.0.0.1]:80=web:80", "listener '[127.0.0.1]:80'")]
    [InlineData("[::1]=web:80", "listener '[::1]'")]
    [InlineData("sctp:80=web:80", "listener 'sctp:80'")]
    [InlineData("80=", "backend 1 '': write HOST:PORT or [V6]:PORT")]
    [InlineData("80=web", "backend 1 'web': write HOST:PORT or [V6]:PORT")]
    [InlineData("80=a:1,", "backend 2 '': write HOST:PORT or [V6]:PORT")]
    [InlineData("80=a:1,::1:80", "backend 2 '::1:80': write HOST:PORT or [V6]:PORT")]
    [InlineData("80=:80", "'' is neither an IP address nor a host name")]
    [InlineData("80=300.0.0.1:80", "'300.0.0.1' is neither an IP address nor a host name")]
    [InlineData("80=a b:80", "'a b' is neither an IP address nor a host name")]
    [InlineData("80=web:0", "port '0' is not a number from 1 to 65535")]
    [InlineData("80=web:http", "port 'http' is not a number from 1 to 65535")]
    [InlineData("80=web:80/weight=1001", "'/weight=1001' is not allowed; only /weight=N with N from 0 to 1000")]
    [InlineData("80=web:80/weight=", "'/weight=' is not allowed")]
    [InlineData("80=web:80/", "'/' is not allowed")]
    [InlineData("80=http://web:80", "backend 1 'http://web:80'")]
    [InlineData("80=web:80,WEB:80", "backend 2 'WEB:80': is listed twice")]
    [InlineData("80=web:80 ", "port '80 ' is not a number")]
    public void TryParse_Mistake_IsNamedWithWhatIsAllowed(string text, string expected)
    {
        Assert.False(ForwardSpecParser.TryParse(text, out _, out string? error));
        Assert.StartsWith($"spec '{text}': ", error, StringComparison.Ordinal);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error);
    }

    [Fact]
    public void ParseAll_SeveralMistakes_AreAllReportedAndTheRestIsRead()
    {
        ImmutableArray<ForwardSpec> specs = ForwardSpecParser.ParseAll(
            ["80=a:1", "81", "127.0.0.1:80=b:1", "0=c:1", "0=d:1", "x=e:1"], out ImmutableArray<string> errors);
        Assert.Equal(["80=a:1", "0=c:1", "0=d:1"], specs.Select(s => s.Text));
        Assert.Equal(3, errors.Length);
        Assert.Contains("'127.0.0.1:80=b:1': listener 127.0.0.1:80 is already taken by '80=a:1'", errors[1], StringComparison.Ordinal);
    }

    [Fact]
    public void TryParse_AnyText_NeverThrowsAndSaysWhy() =>
        Prop.ForAll(
            Gen.Elements("tcp:", "udp:", "[", "]", "::1", "127.0.0.1", ":", "=", ",", "/", "weight=", "0", "80", "65536", "web", ".", "-", " ", "\n", "é", "%")
                .ListOf().Select(string.Concat).ToArbitrary(),
            text => ForwardSpecParser.TryParse(text, out ForwardSpec? spec, out string? error) ? spec is not null && error is null : error?.Length > 0)
        .QuickCheckThrowOnFailure();

    [Fact]
    public void TryParse_FormattedSpec_ReadsBackEqual()
    {
        Gen<IPAddress> addresses = Gen.OneOf(
            ArbMap.Default.GeneratorFor<byte>().ArrayOf(4).Select(b => new IPAddress(b)),
            ArbMap.Default.GeneratorFor<byte>().ArrayOf(16).Select(b => new IPAddress(b)));
        Gen<string> hosts = Gen.OneOf(addresses.Select(a => a.ToString()), Gen.Elements("web", "a.b.c", "x_1.example.com."));
        Gen<ForwardBackend> backends =
            from host in hosts
            from port in Gen.Choose(1, 65535)
            from weight in Gen.Choose(0, 1000)
            select new ForwardBackend(host, port, weight);
        Gen<ForwardSpec> specs =
            from address in addresses
            from port in Gen.Choose(0, 65535)
            from list in backends.NonEmptyListOf()
            select new ForwardSpec(new IPEndPoint(address, port), [.. list.DistinctBy(b => (b.Host, b.Port))]);

        Prop.ForAll(specs.ToArbitrary(), spec =>
            ForwardSpecParser.TryParse(spec.ToString(), out ForwardSpec? back, out _) && back.Equals(spec)).QuickCheckThrowOnFailure();
    }
}
