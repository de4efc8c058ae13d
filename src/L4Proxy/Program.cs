using L4Proxy.Cli;

namespace L4Proxy;

internal static class Program
{
    private const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    private static Task<int> Main(string[] args)
    {
        // Read once by the runtime when the first socket is used. Halves what the portable engine costs per request,
        // and only asks that continuations never block, which the engine keeps; the user's own value goes before.
        if (Environment.GetEnvironmentVariable(InlineCompletions) is null)
        {
            Environment.SetEnvironmentVariable(InlineCompletions, "1");
        }

        return CommandLine.RunAsync(args);
    }
}
