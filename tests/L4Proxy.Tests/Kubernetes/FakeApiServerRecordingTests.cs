using System.Text.Json.Nodes;
using L4Proxy.Testing;
using L4Proxy.Testing.Kubernetes;
using Xunit;

namespace L4Proxy.Tests.Kubernetes;

/// <summary>
/// Asks the server what a real one was asked, with the same objects and the same changes, and compares the form of the
/// answers. The recordings are no part of the repository; where they do not lie beside it the tests are skipped.
/// </summary>
public sealed class FakeApiServerRecordingTests
{
    private const string None = "none";

    /// <summary>The version at which the lists were recorded.</summary>
    private const long RecordedVersion = 465;

    private static readonly string s_folder = Repository.PathOf("..", "shared", "kube-reference", "wire");

    public static TheoryData<string> Recordings { get; } = FindRecordings();

    [Theory]
    [MemberData(nameof(Recordings))]
    public async Task Ask_WhatARealServerWasAsked_AnswersInTheSameForm(string name)
    {
        Requires.Recordings(name != None, "a real API server in ../shared/kube-reference/wire");
        RecordedAnswer recorded = RecordedAnswer.Read(Path.Combine(s_folder, name + ".http"));
        await using FakeApiServer server = await FakeApiServer.StartAsync(new FakeApiServerOptions { FirstVersion = RecordedVersion });
        Load(server, name);
        using ApiServerClient client = new(server);
        string path = (await File.ReadAllTextAsync(Path.Combine(s_folder, name + ".req"))).Split(' ')[1];

        using HttpResponseMessage response = await client.GetAsync(path);
        if (path.Contains("watch=1") && response.IsSuccessStatusCode && !name.Contains("410"))
        {
            Change(server);
            server.SendBookmarks();
            server.EndWatches();
        }

        string body = await response.Content.ReadAsStringAsync().Within();
        Assert.Equal(recorded.StatusCode, (int)response.StatusCode);
        string[] headers = [.. response.Headers.Concat(response.Content.Headers).Select(h => h.Key).Order(StringComparer.Ordinal)];
        Assert.Equal(recorded.Headers, headers);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
        Assert.Equal(recorded.Body.EndsWith('\n'), body.EndsWith('\n'));
        Assert.Equal(Shapes(recorded.Body), Shapes(body));
    }

    private static TheoryData<string> FindRecordings()
    {
        string[] names = Directory.Exists(s_folder)
            ? [.. Directory.GetFiles(s_folder, "*.req").Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal)]
            : [None];
        return [.. names];
    }

    private static void Load(FakeApiServer server, string name)
    {
        foreach (string list in (string[])["list-services", "list-endpointslices", "list-nodes"])
        {
            server.Apply(RecordedAnswer.Read(Path.Combine(s_folder, list + ".http")).Body);
        }

        if (name == "list-big")
        {
            server.Apply(RecordedAnswer.Read(Path.Combine(s_folder, "list-big.http")).Body);
        }

        // All recordings begin at one version, some of them long before the oldest one known.
        server.Restore(server.Backup() with { Version = name.Contains("410") ? RecordedVersion + 105 : RecordedVersion });
    }

    /// <summary>Does what was done while the watches were recorded.</summary>
    private static void Change(FakeApiServer server)
    {
        JsonObject[] events =
        [
            .. ((string[])["watch-services", "watch-endpointslices"])
                .SelectMany(f => RecordedAnswer.Read(Path.Combine(s_folder, f + ".http")).Body.Split('\n'))
                .Where(l => l.Length > 0)
                .Select(l => JsonNode.Parse(l)!.AsObject())
                .Where(e => (string)e["type"]! != "BOOKMARK")
                .OrderBy(e => int.Parse((string)e["object"]!["metadata"]!["resourceVersion"]!)),
        ];
        foreach (JsonObject change in events)
        {
            JsonObject o = change["object"]!.DeepClone().AsObject();
            if ((string)change["type"]! == "DELETED")
            {
                string resource = KubeResource.OfKind((string?)o["apiVersion"], (string?)o["kind"]).Plural;
                server.Delete(resource, (string)o["metadata"]!["namespace"]!, (string)o["metadata"]!["name"]!);
            }
            else
            {
                server.Apply(o);
            }
        }
    }

    /// <summary>The paths and types of each line, of a watch with the type of the event; equal neighbours count once.</summary>
    private static List<string> Shapes(string body)
    {
        List<string> shapes = [];
        string[] lines = body.Contains("\n{\"type\"") ? body.Split('\n') : [body];
        foreach (string line in lines.Where(l => l.Length > 0))
        {
            JsonNode json = JsonNode.Parse(line)!;
            SortedSet<string> paths = new(StringComparer.Ordinal);
            Collect(json, "", paths);
            string shape = $"{json["type"]} {string.Join('\n', paths)}";
            if (shapes.Count == 0 || shapes[^1] != shape || (string?)json["type"] != "BOOKMARK")
            {
                shapes.Add(shape);
            }
        }

        return shapes;
    }

    private static void Collect(JsonNode? node, string path, SortedSet<string> paths)
    {
        switch (node)
        {
            case JsonObject o:
                foreach ((string key, JsonNode? value) in o)
                {
                    Collect(value, $"{path}.{key}", paths);
                }

                paths.Add(path + " {}");
                break;
            case JsonArray list:
                foreach (JsonNode? item in list)
                {
                    Collect(item, path + "[]", paths);
                }

                paths.Add(path + " []");
                break;
            default:
                paths.Add($"{path} {node?.GetValueKind().ToString() ?? "Null"}");
                break;
        }
    }

    /// <summary>An answer as it was recorded, its chunks put together.</summary>
    private sealed record RecordedAnswer(int StatusCode, IReadOnlyList<string> Headers, string Body)
    {
        public static RecordedAnswer Read(string path)
        {
            string text = File.ReadAllText(path).ReplaceLineEndings("\n");
            int end = text.IndexOf("\n\n", StringComparison.Ordinal);
            string[] head = text[..end].Split('\n');
            string[] names = [.. head.Skip(1).Select(h => h.Split(':')[0]).Order(StringComparer.Ordinal)];
            return new RecordedAnswer(int.Parse(head[0].Split(' ')[1]), names, text[(end + 2)..]);
        }
    }
}
