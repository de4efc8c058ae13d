using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using L4Proxy.ControlPlane.Kubernetes.Json;
using L4Proxy.ControlPlane.Kubernetes.Watching;
using Xunit;

namespace L4Proxy.Tests.Kubernetes.Watching;

/// <summary>Whatever a server sends, reading it ends in objects, in a problem, or in the exceptions that a broken answer is.</summary>
public sealed class DecodingProperties
{
    private static readonly string[] s_seeds =
    [
        ApiJson.Event("ADDED", ApiJson.Service("web", 5)),
        ApiJson.Event("MODIFIED", ApiJson.Slice("web-1", "web", 6, ["10.0.0.1", "10.0.0.2"], "2026-01-01T00:00:05Z")),
        ApiJson.Event("ADDED", ApiJson.Node("node-a", 7)),
        ApiJson.InitialEnd(9),
        ApiJson.List(465, ApiJson.Service("a", 1), ApiJson.Slice("b", "web", 2, ["10.0.0.1"])),
        ApiJson.Event("ERROR", ApiJson.Status(410)),
    ];

    private static readonly string[] s_tokens =
        ["null", "7", "-1e999", "\"x\"", "[]", "{}", "[null]", "true", "{", "}", "[", "]", "\"", ",", ":", "\\ud800", "\\", "\xC3", "\0", "metadata", "1e3"];

    private static readonly Arbitrary<(int Seed, int[] Edits, int Size)> s_mutations = (
        from seed in Gen.Choose(0, s_seeds.Length - 1)
        from edits in Gen.ListOf(Gen.Choose(0, int.MaxValue - 1))
        from size in Gen.Choose(1, 300)
        select (seed, edits.Take(4).ToArray(), size)).ToArbitrary();

    [Fact]
    public void Event_Mutated_IsReadOrRefused() => Prop.ForAll(s_mutations, mutation =>
    {
        byte[] line = Mutate(mutation.Seed, mutation.Edits);
        try
        {
            WatchEventReader.Read(line, out ReadOnlySpan<byte> json);
            foreach (ResourceKind kind in (ResourceKind[])[ResourceKind.Services, ResourceKind.EndpointSlices, ResourceKind.Nodes])
            {
                Check(new ObjectDecoder(kind).Decode(json));
            }
        }
        catch (JsonException)
        {
            // A line that is no event ends the watch.
        }
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    public void List_Mutated_GivesTheSameInAnyPieces() => Prop.ForAll(s_mutations, mutation =>
    {
        byte[] body = Mutate(mutation.Seed, mutation.Edits);
        Assert.Equal(Read(body, 1_000_000), Read(body, mutation.Size));
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    private static void Check(DecodedObject decoded)
    {
        Assert.True(decoded.Value is null != decoded.Mistake is null, "an object is good, or it is said what is wrong");
        Assert.True(decoded.Value is null || decoded.Header.Metadata.Name.Length > 0, "a good object has a name");
    }

    /// <summary>The items, or the fact that it is a broken answer.</summary>
    private static string Read(byte[] body, int size)
    {
        List<string> items = [];
        ListReader list = new(item =>
        {
            Check(new ObjectDecoder(ResourceKind.Services).Decode(item));
            items.Add(Encoding.Latin1.GetString(item));
        });
        try
        {
            list.ReadAsync(new ChunkedStream(body, size), static () => { }, CancellationToken.None).GetAwaiter().GetResult();
            return $"{list.ResourceVersion} {list.Continue} {string.Join('|', items)}";
        }
        catch (Exception e) when (e is JsonException or InvalidDataException)
        {
            return "broken";
        }
    }

    private static byte[] Mutate(int seed, int[] edits)
    {
        List<byte> bytes = [.. Encoding.UTF8.GetBytes(s_seeds[seed])];
        foreach (int edit in edits)
        {
            int at = edit % bytes.Count;
            string token = s_tokens[edit / 7 % s_tokens.Length];
            int cut = Math.Min(edit / 1000 % 12, bytes.Count - at);
            bytes.RemoveRange(at, cut);
            bytes.InsertRange(at, Encoding.Latin1.GetBytes(token));
        }

        return [.. bytes];
    }
}
