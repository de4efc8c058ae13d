using System.Net.Sockets;
using System.Text;

namespace L4Proxy.Demo;

/// <summary>What a demo backend says to one client.</summary>
internal static class DemoConversation
{
    /// <summary>
    /// How long a client may take to speak first. curl sends its request in the first millisecond after the connect;
    /// a person at nc hardly notices the wait.
    /// </summary>
    private static readonly TimeSpan s_clientFirst = TimeSpan.FromMilliseconds(200);

    /// <summary>A request head that is longer than this is answered without being read to its end.</summary>
    private const int MaxHead = 8192;

    private static readonly string[] s_methods = ["GET ", "HEAD ", "POST ", "PUT ", "DELETE ", "OPTIONS ", "PATCH "];

    public static async Task RunAsync(Socket connection, string name, TimeProvider time)
    {
        byte[] buffer = new byte[MaxHead];
        Task<int> receive = connection.ReceiveAsync(buffer.AsMemory(), SocketFlags.None).AsTask();
        if (await Task.WhenAny(receive, Task.Delay(s_clientFirst, time)) == receive && IsHttp(buffer.AsSpan(0, await receive)))
        {
            await AnswerHttpAsync(connection, name, buffer, await receive);
        }
        else
        {
            await AnswerLinesAsync(connection, name, buffer, receive);
        }
    }

    /// <summary>Whether bytes begin as an HTTP/1 request does.</summary>
    internal static bool IsHttp(ReadOnlySpan<byte> bytes)
    {
        foreach (string method in s_methods)
        {
            int length = Math.Min(method.Length, bytes.Length);
            if (length > 0 && Ascii.Equals(bytes[..length], method.AsSpan(0, length)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>One answer, then the end: the next request is a new connection, so that the proxy's choice shows.</summary>
    private static async Task AnswerHttpAsync(Socket connection, string name, byte[] buffer, int filled)
    {
        while (filled < buffer.Length && buffer.AsSpan(0, filled).IndexOf("\r\n\r\n"u8) < 0)
        {
            int read = await connection.ReceiveAsync(buffer.AsMemory(filled), SocketFlags.None);
            if (read == 0)
            {
                return;
            }

            filled += read;
        }

        bool head = buffer.AsSpan(0, filled).StartsWith("HEAD "u8);
        string answer =
            $"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {name.Length + 1}\r\nConnection: close\r\n\r\n{(head ? "" : name + "\n")}";
        await SendAsync(connection, answer);
        connection.Shutdown(SocketShutdown.Send);
        await DiscardAsync(connection, buffer);
    }

    /// <summary>The name at once, and again for whatever the client sends.</summary>
    private static async Task AnswerLinesAsync(Socket connection, string name, byte[] buffer, Task<int> receive)
    {
        do
        {
            await SendAsync(connection, name + "\n");
            int read = await receive;
            if (read == 0)
            {
                return;
            }

            receive = connection.ReceiveAsync(buffer.AsMemory(), SocketFlags.None).AsTask();
        }
        while (true);
    }

    /// <summary>Reads up to the client's end: closing with unread bytes would reset, and the answer could be lost.</summary>
    private static async Task DiscardAsync(Socket connection, byte[] buffer)
    {
        while (await connection.ReceiveAsync(buffer.AsMemory(), SocketFlags.None) > 0)
        {
            // A request's body does not matter.
        }
    }

    private static async Task SendAsync(Socket connection, string text)
    {
        ReadOnlyMemory<byte> rest = Encoding.ASCII.GetBytes(text);
        while (!rest.IsEmpty)
        {
            rest = rest[await connection.SendAsync(rest, SocketFlags.None)..];
        }
    }
}
