using System.CommandLine;
using L4Proxy.Loadbench.Commands;

namespace L4Proxy.Loadbench;

/// <summary>Load for TCP services, and proxies side by side under it.</summary>
internal static class Program
{
    private static Task<int> Main(string[] args)
    {
        RootCommand command = new("Puts load on TCP services, and compares proxies under it.")
        {
            CompareResultsCommand.Create(),
            BackendCommand.Create(),
        };
        return command.Parse(args).InvokeAsync();
    }
}
