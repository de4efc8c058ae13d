using System.CommandLine;
using L4Proxy.Loadbench.Commands;

namespace L4Proxy.Loadbench;

/// <summary>Load for TCP services, and proxies side by side under it.</summary>
internal static class Program
{
    /// <summary>What Ctrl-C stops has processes to end; after this the program ends without them.</summary>
    private static readonly TimeSpan s_stopLimit = TimeSpan.FromSeconds(30);

    private static Task<int> Main(string[] args)
    {
        RootCommand command = new("Puts load on TCP services, and compares proxies under it.")
        {
            BackendCommand.Create(),
            CompareCommand.Create(),
            CompareResultsCommand.Create(),
        };
        return command.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = s_stopLimit });
    }
}
