using System.Text;
using System.Text.Json;
using L4Proxy.ControlPlane.Kubernetes.Watching;
using Xunit;

namespace L4Proxy.Tests.Kubernetes.Watching;

public class ListReaderTests
{
    private static readonly string s_page = ApiJson.ListPage(465, "to\\u006ben", ApiJson.Service("a", 1), ApiJson.Service("b", 2));

    [Theory]
    [InlineData(1)]
    [InlineData(13)]
    [InlineData(100_000)]
    public async Task Read_AnyPieces_GivesTheItems(int size)
    {
        (ListReader list, List<string> items) = await ReadAsync(s_page + "\n", size);
        Assert.Equal([ApiJson.Service("a", 1), ApiJson.Service("b", 2)], items);
        Assert.Equal(("465", "token"), (list.ResourceVersion, list.Continue));
    }

    [Fact]
    public async Task Read_ItemsFirstAndUnknownFields_GivesTheItems()
    {
        (ListReader list, List<string> items) = await ReadAsync("""{"new":{"items":[7]},"items":[1,{"a":[2]}],"metadata":{"x":[],"resourceVersion":"9"},"last":null}""");
        Assert.Equal(["1", """{"a":[2]}"""], items);
        Assert.Equal(("9", ""), (list.ResourceVersion, list.Continue));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    public async Task Read_NoItems_IsAnEmptyList(string items) =>
        Assert.Empty((await ReadAsync($$"""{"metadata":{"resourceVersion":"9"},"items":{{items}}}""")).Items);

    [Fact]
    public async Task Read_CutAnywhere_IsABrokenAnswer()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(s_page);
        for (int length = 0; length < bytes.Length; length++)
        {
            await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(Encoding.UTF8.GetString(bytes, 0, length), 64));
        }
    }

    [Theory]
    [InlineData("""{"kind":"Status","status":"Success"}""")]
    [InlineData("""{"metadata":{"resourceVersion":"9"}}""")]
    [InlineData("""{"metadata":{},"items":[]}""")]
    public async Task Read_NoList_IsABrokenAnswer(string json) => await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(json));

    [Theory]
    [InlineData("[]")]
    [InlineData("<html>")]
    [InlineData("""{"metadata":{"resourceVersion":"9"},"items":[]}}""")]
    [InlineData("""{"metadata":{"resourceVersion":"9"},"items":[],}""")]
    public async Task Read_NoJsonOfAList_IsABrokenAnswer(string json) => await Assert.ThrowsAnyAsync<JsonException>(() => ReadAsync(json));

    private static async Task<(ListReader List, List<string> Items)> ReadAsync(string json, int size = 100_000)
    {
        List<string> items = [];
        ListReader list = new(item => items.Add(Encoding.UTF8.GetString(item)));
        await list.ReadAsync(new ChunkedStream(Encoding.UTF8.GetBytes(json), size), static () => { }, CancellationToken.None);
        return (list, items);
    }
}
