using System.Net;
using L4Proxy.Testing.Backends;

// A backend in a process of its own: NAME ADDRESS:PORT. It says its name and echoes; it prints its address when it listens.
if (args is not [string name, string address] || !IPEndPoint.TryParse(address, out IPEndPoint? endPoint))
{
    await Console.Error.WriteLineAsync("usage: L4Proxy.Testing NAME ADDRESS:PORT");
    return 1;
}

await using TcpBackend backend = TcpBackend.Start(endPoint, Scripts.Banner(name + "\n"));
await Console.Out.WriteLineAsync(backend.EndPoint.ToString());

// Ends with its parent, which holds the other end of standard input.
while (await Console.In.ReadLineAsync() is not null)
{
}

return 0;
