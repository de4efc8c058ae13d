using System.Text;
using System.Text.Json;
using L4Proxy.ControlPlane.Kubernetes.Access;
using L4Proxy.Testing;
using L4Proxy.Testing.Time;
using Xunit;

namespace L4Proxy.Tests.Kubernetes.Access;

/// <summary>Exec plugins as they are: programs that are run.</summary>
public sealed class ExecPluginTests : IDisposable
{
    private const string ApiVersion = "client.authentication.k8s.io/v1";

    private readonly TemporaryFolder _folder = new();
    private readonly ManualTimeProvider _clock = new();

    public ExecPluginTests() => Requires.Linux();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Get_Token_IsSentAndKeptWithoutAnExpiry()
    {
        await using TestServer server = await TestServer.Start();
        using ApiConnection connection = Connect(server, Counting(Answer("\"token\":\"t$n\"")));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => connection.Ask()));
        _clock.Advance(TimeSpan.FromDays(30));
        await connection.Ask();
        Assert.Equal(["Bearer t1"], Sent(server).Distinct());
        Assert.Equal(1, Runs);
    }

    [Fact]
    public async Task Get_TokenExpires_RunsAgainBefore()
    {
        await using TestServer server = await TestServer.Start();
        string end = $"{_clock.GetUtcNow().AddMinutes(1):yyyy-MM-ddTHH:mm:ssZ}";
        string later = $"{_clock.GetUtcNow().AddMinutes(10):yyyy-MM-ddTHH:mm:ssZ}";
        using ApiConnection connection = Connect(
            server, Counting($"[ $n = 1 ] && e={end} || e={later}\n" + Answer("\"token\":\"t$n\",\"expirationTimestamp\":\"$e\"")));
        await connection.Ask();
        _clock.Advance(TimeSpan.FromSeconds(49));
        await connection.Ask();
        _clock.Advance(TimeSpan.FromSeconds(1));
        await connection.Ask();
        Assert.Equal(["Bearer t1", "Bearer t1", "Bearer t2"], Sent(server));
    }

    [Fact]
    public async Task Get_Unauthorized_RunsAgainOnceAndNotForEachRequest()
    {
        await using TestServer server = await TestServer.Start(context => CredentialTests.Only(context, "Bearer t2"));
        using ApiConnection connection = Connect(server, Counting(Answer("\"token\":\"t$n\"")));
        Assert.Equal((200, "ok"), await connection.Ask());
        Assert.Equal(["Bearer t1", "Bearer t2"], Sent(server));

        await using TestServer never = await TestServer.Start(context => CredentialTests.Only(context, "Bearer x"));
        using ApiConnection refused = Connect(never, Script($"echo {{}} >/dev/null\n{Answer("\"token\":\"t$$\"")}\necho >>{_folder["refused"]}"));
        Assert.Equal((401, "no"), await refused.Ask());
        Assert.Equal((401, "no"), await refused.Ask());
        Assert.Equal((401, "no"), await refused.Ask());
        Assert.Equal(2, File.ReadAllLines(_folder["refused"]).Length);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((401, "no"), await refused.Ask());
        Assert.Equal(3, File.ReadAllLines(_folder["refused"]).Length);
    }

    [Fact]
    public async Task Get_Certificate_IsShownToTheServer()
    {
        using Authority authority = new();
        await using TestServer server = await TestServer.Start(certificate: authority.Server("127.0.0.1"), clients: authority);
        (string certificate, string key) = authority.Client("from-plugin");
        string json = JsonSerializer.Serialize(new
        {
            apiVersion = ApiVersion,
            kind = "ExecCredential",
            status = new { clientCertificateData = certificate, clientKeyData = key },
        });
        string file = _folder.Write("answer.json", json);
        using ApiConnection connection = new ClusterAccess
        {
            Server = server.Url,
            CertificateAuthority = PemSource.OfData(Encoding.ASCII.GetBytes(authority.Pem)),
            Credentials = new AccessCredentials { Exec = Script($"cat {file}") },
        }.Connect(_clock);
        Assert.Equal((200, "ok"), await connection.Ask());
        Assert.Equal("CN=from-plugin", server.Requests.Single().Client);
    }

    [Theory]
    [InlineData("echo 'no session;' >&2; echo 'log in first' >&2; exit 3", "failed with exit code 3: no session;; log in first")]
    [InlineData("exit 1", "failed with exit code 1")]
    [InlineData("echo garbage-with-hunter2", "printed no JSON of kind ExecCredential")]
    [InlineData("true", "printed no JSON of kind ExecCredential")]
    [InlineData("echo null", "printed kind ''; ExecCredential is needed")]
    [InlineData("echo '{\"kind\":\"Status\"}'", "printed kind 'Status'; ExecCredential is needed")]
    [InlineData("echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1beta1\"}'",
        "printed apiVersion 'client.authentication.k8s.io/v1beta1'; the kubeconfig says client.authentication.k8s.io/v1")]
    [InlineData("echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\"}'", "printed no status")]
    [InlineData("answer ''", "printed neither a token nor a client certificate")]
    [InlineData("answer '\"token\":\"hunter2\\n\"'", "printed a token that cannot be sent; allowed is one line of printable ASCII")]
    [InlineData("answer '\"token\":5'", "printed no JSON of kind ExecCredential")]
    [InlineData("answer '\"token\":\"hunter2\",\"expirationTimestamp\":\"2020-01-01T00:00:00Z\"'",
        "printed a credential that expired at 2020-01-01T00:00:00Z")]
    [InlineData("answer '\"clientKeyData\":\"hunter2\"'", "printed only one of clientCertificateData and clientKeyData; both are needed")]
    [InlineData("answer '\"clientKeyData\":\"hunter2\",\"clientCertificateData\":\"hunter2\"'",
        "printed a client certificate that is not usable: holds no certificate; PEM with BEGIN CERTIFICATE is needed")]
    [InlineData("head -c 2000000 /dev/zero", "printed more than 1024 KiB")]
    [InlineData("cat /dev/zero", "printed more than 1024 KiB")]
    public async Task Get_PluginFails_SaysHow(string script, string expected)
    {
        const string Helper = "answer() { printf '{\"kind\":\"ExecCredential\",\"apiVersion\":\"" + ApiVersion + "\",\"status\":{%s}}' \"$1\"; }\n";
        await using TestServer server = await TestServer.Start();
        ExecPlugin plugin = Script(Helper + script);
        using ApiConnection connection = Connect(server, plugin);
        string message = await connection.Fails().Within();
        Assert.Equal($"API server {server.Url.GetLeftPart(UriPartial.Authority)}: user dev: exec plugin {plugin.Command} {expected}", message);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Get_PluginHangs_IsKilledAtTheDeadlineWithItsChildren()
    {
        await using TestServer server = await TestServer.Start();
        using ApiConnection connection = Connect(server, Script($"sleep 1000 & echo $! >{_folder["child.tmp"]}; mv {_folder["child.tmp"]} {_folder["child"]}; wait"));
        Task<string> failure = connection.Fails();
        await Eventually.True(() => File.Exists(_folder["child"]));
        string child = File.ReadAllText(_folder["child"]).Trim();
        _clock.Advance(TimeSpan.FromSeconds(60));
        Assert.EndsWith("did not end within 60 s", await failure.Within());
        await Eventually.True(() => !File.Exists($"/proc/{child}/stat") || File.ReadAllText($"/proc/{child}/stat").Contains(") Z "));
    }

    [Fact]
    public async Task Get_PluginHangs_OneWaiterMayLeave()
    {
        await using TestServer server = await TestServer.Start();
        using ApiConnection connection = Connect(server, Counting($"until [ -f {_folder["go"]} ]; do sleep 0.05; done\n" + Answer("\"token\":\"t$n\"")));
        using CancellationTokenSource cancellation = new();
        Task<HttpResponseMessage> first = connection.GetAsync("/a", Deadline.Default, cancellation.Token);
        Task<(int, string)> second = connection.Ask("/b");
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.Within());
        _folder.Write("go", "");
        Assert.Equal((200, "ok"), await second.Within());
        Assert.Equal(1, Runs);
    }

    [Fact]
    public async Task Get_PluginFailsAgainAndAgain_RunsLessAndLessOften()
    {
        await using TestServer server = await TestServer.Start();
        using ApiConnection connection = Connect(server, Counting("exit 1"));
        for (int second = 0; second < 600; second++)
        {
            await connection.Fails();
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        // After 0, 1, 3, 7, 15, 31, 63 s and then each minute.
        Assert.InRange(Runs, 14, 17);
    }

    [Fact]
    public async Task Get_StandardInput_IsClosedAndInfoIsGiven()
    {
        await using TestServer server = await TestServer.Start();
        ExecPlugin plugin = Script($"cat; printf %s \"$KUBERNETES_EXEC_INFO|$EXTRA|$1|$2\" >{_folder["seen"]}\n{Answer("\"token\":\"t\"")}");
        plugin = new ExecPlugin
        {
            Command = plugin.Command,
            ApiVersion = ApiVersion,
            Arguments = [.. plugin.Arguments, "a b", "$HOME"],
            Environment = [new("EXTRA", "x y")],
            ClusterInfo = "{\"server\":\"https://a\"}"u8.ToArray(),
        };
        using ApiConnection connection = Connect(server, plugin);
        Assert.Equal((200, "ok"), await connection.Ask());
        Assert.Equal(
            "{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\","
            + "\"spec\":{\"cluster\":{\"server\":\"https://a\"},\"interactive\":false}}|x y|a b|$HOME",
            File.ReadAllText(_folder["seen"]));
    }

    [Theory]
    [InlineData("l4proxy-no-such-plugin", "is not in PATH: get it\nwith a package manager.", "is not in PATH: get it; with a package manager")]
    [InlineData("/no/such/plugin", null, "does not exist")]
    public async Task Get_NoSuchCommand_ShowsTheHint(string command, string? hint, string expected)
    {
        await using TestServer server = await TestServer.Start();
        using ApiConnection connection = Connect(
            server, new ExecPlugin { Command = command, ApiVersion = ApiVersion, InstallHint = hint?[(hint.IndexOf(": ", StringComparison.Ordinal) + 2)..] });
        Assert.EndsWith($"exec plugin {command} {expected}", await connection.Fails());
    }

    [Fact]
    public async Task Get_NotExecutable_SaysSo()
    {
        await using TestServer server = await TestServer.Start();
        using ApiConnection connection = Connect(
            server, new ExecPlugin { Command = _folder.Write("plugin.txt", "x"), ApiVersion = ApiVersion });
        Assert.Contains("cannot be started: ", await connection.Fails());
    }

    [Fact]
    public async Task Get_TokenAndPlugin_TokenGoesFirst()
    {
        await using TestServer server = await TestServer.Start();
        using ApiConnection connection = new ClusterAccess
        {
            Server = server.Url,
            Credentials = new AccessCredentials { Token = "fixed", Exec = Counting("exit 1") },
        }.Connect(_clock);
        Assert.Equal((200, "ok"), await connection.Ask());
        Assert.Equal(["Bearer fixed"], Sent(server));
        Assert.Equal(0, Runs);
    }

    private int Runs => File.Exists(_folder["runs"]) ? File.ReadAllLines(_folder["runs"]).Length : 0;

    private static string Answer(string status) =>
        "echo \"" + $"{{\"kind\":\"ExecCredential\",\"apiVersion\":\"{ApiVersion}\",\"status\":{{{status}}}}}".Replace("\"", "\\\"") + "\"";

    private ExecPlugin Script(string text)
    {
        // Not executed itself: a file that was only just written can be busy (ETXTBSY) while another test forks.
        string path = _folder.Write("plugin.sh", text + "\n");
        return new ExecPlugin { Command = "sh", Arguments = [path], ApiVersion = ApiVersion };
    }

    /// <summary>A script that has the number of its run in <c>$n</c>.</summary>
    private ExecPlugin Counting(string text) => Script($"echo >>{_folder["runs"]}; n=$(wc -l <{_folder["runs"]})\n{text}");

    private ApiConnection Connect(TestServer server, ExecPlugin plugin) =>
        new ClusterAccess { Server = server.Url, User = "dev", Credentials = new AccessCredentials { Exec = plugin } }.Connect(_clock);

    private static IEnumerable<string> Sent(TestServer server) => server.Requests.Select(r => r.Headers.Authorization.ToString());
}
