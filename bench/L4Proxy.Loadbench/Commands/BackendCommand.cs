using System.CommandLine;
using System.Net;
using L4Proxy.Loadbench.Backends;
using L4Proxy.Loadbench.Load;

namespace L4Proxy.Loadbench.Commands;

/// <summary><c>backend</c>: the servers behind the proxies of a comparison.</summary>
internal static class BackendCommand
{
    public static Command Create()
    {
        Argument<string[]> addresses = new("ADDRESS:PORT")
        {
            Description = "Where to listen; port 0 is any free one.",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<int> threads = new("--threads") { Description = "Threads that serve.", DefaultValueFactory = _ => 1 };
        addresses.Validators.Add(result =>
        {
            foreach (string wrong in result.Tokens.Select(t => t.Value).Where(v => !IPEndPoint.TryParse(v, out _)))
            {
                result.AddError($"'{wrong}' is not an address and a port, such as 127.0.0.1:8080");
            }
        });
        threads.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
            {
                result.AddError("--threads is 1 or more");
            }
        });
        Command command = new("backend", "Serves answers of any size until standard input ends.") { addresses, threads };
        command.Hidden = true;
        command.SetAction((parsed, cancellation) => RunAsync(parsed.GetRequiredValue(addresses), parsed.GetValue(threads), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(string[] addresses, int threads, CancellationToken cancellation)
    {
        try
        {
            using BackendServer server = new(addresses.Select(IPEndPoint.Parse), threads);
            await Console.Out.WriteLineAsync($"ready {string.Join(' ', server.EndPoints)}");
            await Console.In.ReadToEndAsync(cancellation);
            return 0;
        }
        catch (LoadException e)
        {
            await Console.Error.WriteLineAsync($"backend: {e.Message}");
            return 1;
        }
    }
}
