using System.CommandLine;
using L4Proxy.Loadbench.Commands;

namespace L4Proxy.Loadbench;

/// <summary>Load for TCP services, and proxies side by side under it.</summary>
internal static class Program
{
    /// <summary>The exit code of a mistake in the command line; that of a failed measurement is 1.</summary>
    private const int Mistake = 2;

    /// <summary>What Ctrl-C stops has processes to end; after this the program ends without them.</summary>
    private static readonly TimeSpan s_stopLimit = TimeSpan.FromSeconds(30);

    private static async Task<int> Main(string[] args)
    {
        RootCommand command = new("Puts load on TCP services, and compares proxies under it.")
        {
            CompareCommand.Create(),
            CompareResultsCommand.Create(),
            LoadCommand.Create(),
            BackendCommand.Create(),
        };
        ParseResult parsed = command.Parse(args);
        int code = await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = s_stopLimit });
        return parsed.Errors.Count > 0 ? Mistake : code;
    }
}
