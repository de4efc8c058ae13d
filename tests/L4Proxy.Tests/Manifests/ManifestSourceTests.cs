using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using L4Proxy.ControlPlane;
using L4Proxy.ControlPlane.Names;
using L4Proxy.Testing;
using Xunit;
using static L4Proxy.Tests.Manifests.WatchedManifests;

namespace L4Proxy.Tests.Manifests;

public sealed class ManifestSourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task File_RenamedOver_IsReadAgain()
    {
        string file = _folder.Write("web.yaml", Service("web", 80));
        await using WatchedManifests watched = new([file]);
        Assert.Equal("web:80", Served(await watched.Next()));

        File.Move(_folder.Write("web.yaml.new", Service("web", 81)), file, overwrite: true);

        Assert.Equal("web:81", Served(await watched.Next()));
    }

    [Fact]
    public async Task File_WrittenInPlace_IsReadAgainWithoutALookAtHalfOfIt()
    {
        string file = _folder.Write("web.yaml", Service("web", 80));
        await using WatchedManifests watched = new([file]);
        await watched.Next();

        using (FileStream stream = new(file, FileMode.Truncate, FileAccess.Write, FileShare.ReadWrite))
        {
            stream.Write("apiVersion: v1\nkind: Service\nmetadata: {name: web"u8);
            stream.Flush();
            SourceSnapshot half = await watched.UntilProblem("last good state");
            Assert.Equal("web:80", Served(half));
            stream.Write("}\nspec: {clusterIP: 127.1.0.1, ports: [{port: 81}]}\n"u8);
        }

        Assert.Empty((await watched.Until("web:81")).Problems.Where(p => p.Severity == ProblemSeverity.Error));
    }

    [Fact]
    public async Task File_Emptied_KeepsItsObjectsUntilItIsWritten()
    {
        string file = _folder.Write("web.yaml", Service("web", 80));
        await using WatchedManifests watched = new([file]);
        await watched.Next();

        File.WriteAllText(file, "");
        Assert.Equal("web:80", Served(await watched.UntilProblem("is empty")));

        File.WriteAllText(file, Service("web", 81));
        await watched.Until("web:81");
    }

    [Fact]
    public async Task MountedConfigMap_Swapped_IsReadAgain()
    {
        // As the kubelet does it: files lead through ..data, which is replaced by a rename.
        _folder.Write("..1/web.yaml", Service("web", 80));
        _folder.Write("..2/web.yaml", Service("web", 81));
        File.CreateSymbolicLink(_folder["..data"], "..1");
        File.CreateSymbolicLink(_folder["web.yaml"], Path.Combine("..data", "web.yaml"));
        File.SetLastWriteTimeUtc(_folder["..2/web.yaml"], File.GetLastWriteTimeUtc(_folder["..1/web.yaml"]));
        await using WatchedManifests watched = new([_folder.Path]);
        Assert.Equal("web:80", Served(await watched.Next()));

        File.CreateSymbolicLink(_folder["..data_tmp"], "..2");
        // rename(2), which File.Move does not call for a link to a folder.
        using Process rename = Process.Start("mv", ["-T", _folder["..data_tmp"], _folder["..data"]]);
        await rename.WaitForExitAsync().Within();

        Assert.Equal("web:81", Served(await watched.Next()));
    }

    [Fact]
    public async Task LinkToAnotherFolder_TargetChanged_IsFoundWithoutAnEvent()
    {
        using TemporaryFolder elsewhere = new();
        string target = elsewhere.Write("target", Service("web", 80));
        File.CreateSymbolicLink(_folder["web.yaml"], target);
        await using WatchedManifests watched = new([_folder["web.yaml"]]);
        Assert.Equal("web:80", Served(await watched.Next()));

        File.WriteAllText(target, Service("web", 8080));

        Assert.Equal("web:8080", Served(await watched.Next()));
    }

    [Fact]
    public async Task RequestReload_ContentChangedBehindItsStamp_ReadsIt()
    {
        using TemporaryFolder elsewhere = new();
        string target = elsewhere.Write("target", Service("web", 80));
        DateTime old = DateTime.UtcNow.AddHours(-1);
        File.SetLastWriteTimeUtc(target, old);
        File.CreateSymbolicLink(_folder["web.yaml"], target);
        await using WatchedManifests watched = new([_folder["web.yaml"]]);
        await watched.Next();

        string next = elsewhere.Write("next", Service("web", 81));
        File.SetLastWriteTimeUtc(next, old);
        File.Move(next, target, overwrite: true);
        watched.Source.RequestReload();

        Assert.Equal("web:81", Served(await watched.Next()));
    }

    [Fact]
    public async Task File_Deleted_TakesItsObjectsAlong()
    {
        _folder.Write("a.yaml", Service("a", 80));
        string file = _folder.Write("b.yaml", Service("b", 81));
        await using WatchedManifests watched = new([_folder.Path]);
        Assert.Equal("a:80 b:81", Served(await watched.Next()));

        File.Delete(file);

        Assert.Equal("a:80", Served(await watched.Next()));
    }

    [Fact]
    public async Task Folder_GetsFilesAndFolders_ReadsThem()
    {
        _folder.Write("a.yaml", Service("a", 80));
        await using WatchedManifests watched = new([_folder.Path]);
        await watched.Next();

        _folder.Write("more/b.json", """
            {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "b"}, "spec": {"ports": [{"port": 81}]}}
            """);
        await watched.Until("a:80 b:81");
        _folder.Write("more/c.yml", Service("c", 82));
        await watched.Until("a:80 b:81 c:82");
        _folder.Write("more/d.txt", Service("d", 83));
        Directory.Delete(_folder["more"], recursive: true);
        await watched.Until("a:80");
    }

    [Fact]
    public async Task Object_TurnedBad_KeepsItsLastGoodStateWhileOthersMoveOn()
    {
        string file = _folder.Write("all.yaml", Service("a", 80, "---\n") + Service("b", 81));
        await using WatchedManifests watched = new([file]);
        await watched.Next();

        File.WriteAllText(file, Service("a", 99999, "---\n") + Service("b", 82));

        SourceSnapshot snapshot = await watched.Until("a:80 b:82");
        string mistake = $"{file}:4: Service default/a: spec.ports[0].port: must be a whole number from 1 to 65535, is 99999";
        Assert.Contains(snapshot.Problems, p => p.ToString() == mistake);
        Assert.Contains(snapshot.Problems, p => p.ToString() == $"{file}: Service default/a: its last good state stays in force");

        File.WriteAllText(file, Service("b", 82));
        await watched.Until("b:82");
    }

    [Fact]
    public async Task File_TurnedUnparsable_KeepsAllItsObjectsAsTheyWere()
    {
        string file = _folder.Write("all.yaml", Service("a", 80, "---\n") + Service("b", 81));
        await using WatchedManifests watched = new([file]);
        await watched.Next();

        File.WriteAllText(file, Service("a", 8080, "---\n") + "kind: [");

        SourceSnapshot snapshot = await watched.UntilProblem("not well-formed");
        Assert.Equal("a:80 b:81", Served(snapshot));
        Assert.Contains(snapshot.Problems, p => p.ToString() == $"{file}: the last good state of its objects stays in force (2)");

        File.WriteAllText(file, Service("a", 8080));
        Assert.Equal("a:8080", Served(await watched.Next()));
    }

    [Fact]
    public async Task File_BadFromTheStart_ServesWhatIsGoodOfIt()
    {
        string file = _folder.Write("all.yaml", Service("a", 80, "---\n") + "kind: [\n---\n" + Service("b", 99999));
        await using WatchedManifests watched = new([file]);
        Assert.Equal("a:80", Served(await watched.Next()));

        // What else it should hold is unknown as long as it is broken.
        File.WriteAllText(file, Service("b", 81, "---\n") + "kind: [\n");
        await watched.Until("a:80 b:81");

        File.WriteAllText(file, Service("b", 81));
        await watched.Until("b:81");
    }

    [Fact]
    public async Task File_GrownTooLarge_KeepsItsObjects()
    {
        string file = _folder.Write("web.yaml", Service("web", 80));
        await using WatchedManifests watched = new([file]);
        await watched.Next();

        using (FileStream stream = File.OpenWrite(file))
        {
            stream.SetLength((16 * 1024 * 1024) + 1);
        }

        Assert.Equal("web:80", Served(await watched.UntilProblem("is larger than 16777216 bytes")));
    }

    [Fact]
    public async Task Path_Missing_IsAnErrorUntilItAppears()
    {
        string file = _folder["later.yaml"];
        await using WatchedManifests watched = new([file]);
        Problem problem = Assert.Single((await watched.Next()).Problems);
        Assert.Equal(ProblemSeverity.Error, problem.Severity);
        Assert.Equal($"{file}: no such file or folder", problem.ToString());

        _folder.Write("later.yaml", Service("web", 80));

        Assert.Equal("web:80", Served(await watched.Next()));
    }

    [Fact]
    public async Task Files_NothingChangedInMeaning_GiveNoSnapshot()
    {
        string file = _folder.Write("web.yaml", Service("web", 80));
        await using WatchedManifests watched = new([_folder.Path]);
        await watched.Next();

        File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddMinutes(-1));
        File.WriteAllText(file, Service("web", 80, "# a remark\n"));
        _folder.Write("notes.txt", "no manifest");
        watched.Source.RequestReload();
        File.WriteAllText(file, Service("web", 81));

        Assert.Equal("web:81", Served(await watched.Next()));
    }

    [Fact]
    public async Task SameObjectTwice_FirstFileGone_SecondTakesOver()
    {
        string first = _folder.Write("a.yaml", Service("web", 80));
        _folder.Write("b.yaml", Service("web", 81));
        await using WatchedManifests watched = new([_folder.Path]);
        SourceSnapshot both = await watched.Next();
        Assert.Equal("web:80", Served(both));
        Assert.Contains(both.Problems, p => p.Message == $"ignored: it is there already, at {first}:1");

        File.Delete(first);

        Assert.Equal("web:81", Served(await watched.Next()));
    }

    [Fact]
    public async Task FileNamedTwice_ReadOnce()
    {
        string file = _folder.Write("a.yaml", Service("web", 80));
        await using WatchedManifests watched = new([file, _folder.Path]);

        Assert.DoesNotContain((await watched.Next()).Problems, p => p.Severity == ProblemSeverity.Error);
    }

    [Fact]
    public async Task ExternalName_AddressesChanged_GiveASnapshot()
    {
        string file = _folder.Write("db.yaml", """
            apiVersion: v1
            kind: Service
            metadata: {name: db}
            spec: {type: ExternalName, externalName: db.example, ports: [{port: 5432}]}
            """);
        ChangingResolver resolver = new();
        resolver.Answers["db.example"] = [IPAddress.Parse("127.0.0.2")];
        await using WatchedManifests watched = new([file], resolver, TimeSpan.FromMilliseconds(20));

        await UntilEndpoints(watched, "127.0.0.2:5432");
        resolver.Answers["db.example"] = [IPAddress.Parse("127.0.0.4"), IPAddress.Parse("127.0.0.3")];
        await UntilEndpoints(watched, "127.0.0.3:5432 127.0.0.4:5432");
        resolver.Answers.Clear();
        SourceSnapshot last = await watched.UntilProblem("'db.example' does not resolve");
        Assert.Equal(2, Assert.Single(last.Table.Services).Endpoints.Length);
    }

    [Fact]
    public async Task Watch_ASecondTime_IsRefused()
    {
        await using WatchedManifests watched = new([_folder.Path]);
        await watched.Next();

        await using IAsyncEnumerator<SourceSnapshot> second = watched.Source.WatchAsync(CancellationToken.None).GetAsyncEnumerator();
        await Assert.ThrowsAsync<InvalidOperationException>(() => second.MoveNextAsync().AsTask());
    }

    private static async Task UntilEndpoints(WatchedManifests watched, string wanted)
    {
        SourceSnapshot snapshot;
        do
        {
            snapshot = await watched.Next();
        }
        while (string.Join(' ', snapshot.Table.Services.SelectMany(s => s.Endpoints).Select(e => e.Address)) != wanted);
    }

    private sealed class ChangingResolver : INameResolver
    {
        public ConcurrentDictionary<string, IPAddress[]> Answers { get; } = new(StringComparer.Ordinal);

        public ValueTask<IPAddress[]> ResolveAsync(string host, CancellationToken cancellation) =>
            Answers.TryGetValue(host, out IPAddress[]? addresses)
                ? ValueTask.FromResult(addresses)
                : throw new SocketException((int)SocketError.HostNotFound);
    }
}
