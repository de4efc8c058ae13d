using System.Net;
using L4Proxy.Loadbench.Backends;
using L4Proxy.Loadbench.Load;
using L4Proxy.Testing;
using L4Proxy.Testing.Clients;
using Xunit;

namespace L4Proxy.Tests.Loadbench;

public sealed class BackendServerTests : IDisposable
{
    private const string Get = "GET /10 HTTP/1.1\r\nHost: x\r\n\r\n";

    private readonly BackendServer _server;

    public BackendServerTests()
    {
        Requires.Linux();
        _server = new BackendServer([new IPEndPoint(IPAddress.Loopback, 0)], threads: 2);
    }

    private static int AnswerLength => BackendAnswer.HeadLength + 10;

    public void Dispose() => _server.Dispose();

    [Fact]
    public async Task Serve_RequestSplitAtEachByte_AnswersOnce()
    {
        using TcpPeer client = await ConnectAsync();
        for (int split = 1; split < Get.Length; split++)
        {
            await client.SendTextAsync(Get[..split]);
            await client.SendTextAsync(Get[split..]);
            Assert.EndsWith("\r\n\r\nabcdefghij", await client.ReceiveTextAsync(AnswerLength), StringComparison.Ordinal);
        }

        Assert.Equal(0, client.Socket.Available);
    }

    [Fact]
    public async Task Serve_PipelinedRequests_AnswersAllInOrder()
    {
        const int requests = 3000;
        using TcpPeer client = await ConnectAsync();
        Task sending = client.SendTextAsync(string.Concat(Enumerable.Range(0, requests).Select(i => $"GET /{i} HTTP/1.1\r\n\r\n")));
        for (int i = 0; i < requests; i++)
        {
            string answer = await client.ReceiveTextAsync(BackendAnswer.HeadLength + i);
            Assert.Contains($"Content-Length: {i:D15}\r\n", answer, StringComparison.Ordinal);
        }

        await sending.Within();
    }

    [Fact]
    public async Task Serve_SmallText_Has63Bytes()
    {
        using TcpPeer client = await ConnectAsync();
        await client.SendTextAsync("GET / HTTP/1.1\r\n\r\n");
        string answer = await client.ReceiveTextAsync(BackendAnswer.HeadLength + 63);
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith("give one.\n", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET /100000 HTTP/1.1\r\nConnection: close\r\n\r\n", 100_000)]
    [InlineData("GET /0 HTTP/1.0\r\n\r\n", 0)]
    [InlineData("POST /10 HTTP/1.1\r\nContent-Length: 3\r\nconnection: Close\r\n\r\nabc", 10)]
    public async Task Serve_LastRequest_AnswersAndCloses(string request, int bytes)
    {
        using TcpPeer client = await ConnectAsync();
        await client.SendTextAsync(request);
        Assert.Equal(StreamEnd.Finished, await client.ReadToEndAsync());
        Assert.Equal(BackendAnswer.HeadLength + bytes, client.BytesReceived);
    }

    [Theory]
    [InlineData("PUT / HTTP/1.1\r\n\r\n")]
    [InlineData("GET /x HTTP/1.1\r\n\r\n")]
    [InlineData("GET /-1 HTTP/1.1\r\n\r\n")]
    [InlineData("GET /1\r\n\r\n")]
    [InlineData("POST /1 HTTP/1.1\r\nContent-Length: -1\r\n\r\n")]
    public async Task Serve_WhatItDoesNotUnderstand_RefusesAndCloses(string request)
    {
        using TcpPeer client = await ConnectAsync();
        await client.SendTextAsync(request);
        Assert.Equal(StreamEnd.Finished, await client.ReadToEndAsync());
        Assert.Equal(BackendAnswer.Refusal.Length, client.BytesReceived);
    }

    [Fact]
    public async Task Serve_UploadForNothing_AnswersAfterTheLastByte()
    {
        using TcpPeer client = await ConnectAsync();
        await client.SendTextAsync("POST /0 HTTP/1.1\r\nContent-Length: 2000000\r\n\r\n");
        await client.SendAsync(new byte[1_999_999]);
        await Task.Delay(20);
        Assert.Equal(0, client.Socket.Available);
        await client.SendTextAsync(".");
        await client.ReceiveTextAsync(BackendAnswer.HeadLength);
        await client.SendTextAsync(Get);
        Assert.EndsWith("abcdefghij", await client.ReceiveTextAsync(AnswerLength), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_BothWays_AnswersAtOnceAndTakesTheRest()
    {
        const int size = 8_000_000;
        using TcpPeer client = await ConnectAsync();
        await client.SendTextAsync($"POST /{size} HTTP/1.1\r\nContent-Length: {size}\r\n\r\n");
        await client.ReceiveTextAsync(BackendAnswer.HeadLength + size);
        await client.SendAsync(new byte[size]);
        await client.SendTextAsync(Get);
        Assert.EndsWith("abcdefghij", await client.ReceiveTextAsync(AnswerLength), StringComparison.Ordinal);
    }

    [Fact]
    public void Create_AddressInUse_SaysSo()
    {
        LoadException e = Assert.Throws<LoadException>(() => new BackendServer([_server.EndPoints[0]], threads: 1));
        Assert.Contains($"cannot listen on {_server.EndPoints[0]}", e.Message, StringComparison.Ordinal);
    }

    private Task<TcpPeer> ConnectAsync() => TcpPeer.ConnectAsync(_server.EndPoints[0]);
}
