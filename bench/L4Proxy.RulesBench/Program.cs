using System.CommandLine;

namespace L4Proxy.RulesBench;

/// <summary>What rules in the kernel cost: the first full application, and the change of one endpoint, for each way of programming it.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        Option<int> services = Number("--services", 5_000, "Services in the table.");
        Option<int> endpoints = Number("--endpoints", 10, "Endpoints of each Service.");
        Option<int> changes = Number("--changes", 20, "Changes of one endpoint that are measured.");
        Option<string[]> ways = new("--ways")
        {
            DefaultValueFactory = _ => [.. Way.All.Select(w => w.Name)],
            AllowMultipleArgumentsPerToken = true,
            Description = "What is measured.",
        };
        RootCommand command = new("Measures rules in the kernel, in a network namespace of its own. Needs root.")
        {
            services, endpoints, changes, ways,
        };
        command.SetAction(async parsed =>
        {
            if (!OwnNamespace.IsInside)
            {
                return await OwnNamespace.RunAsync(args);
            }

            await Measurement.RunAsync(new BenchOptions
            {
                Services = parsed.GetValue(services),
                Endpoints = parsed.GetValue(endpoints),
                Changes = parsed.GetValue(changes),
                Ways = parsed.GetRequiredValue(ways),
            });
            return 0;
        });
        return await command.Parse(args).InvokeAsync();
    }

    private static Option<int> Number(string name, int usual, string description) =>
        new(name) { DefaultValueFactory = _ => usual, Description = description };
}
