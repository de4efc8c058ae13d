using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.ComponentModel;
using L4Proxy.Cli.Rules;
using L4Proxy.ControlPlane.Settings;
using L4Proxy.DataPlane.Engines;
using L4Proxy.Hosting;
using L4Proxy.Options;

namespace L4Proxy.Cli;

/// <summary>The whole command line: what it offers, and what becomes of a mistake in it.</summary>
internal static class CommandLine
{
    private const string ProgramName = "l4proxy";

    /// <summary>When 1, an unexpected error shows its stack trace.</summary>
    private const string DebugVariable = "L4PROXY_DEBUG";

    // Arguments are taken as they are: a path may begin with @.
    private static readonly ParserConfiguration s_parser = new() { ResponseFileTokenReplacer = null };

    // The host waits for signals itself, and an escaped exception is reported below.
    private static readonly InvocationConfiguration s_invocation = new() { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false };

    /// <summary>Runs a command and returns the exit code. Never throws.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            if (ResourceLimits.OpenFiles() < ResourceLimits.FewestOpenFiles)
            {
                // Said before anything else: the runtime itself breaks where descriptors run out.
                await Console.Error.WriteLineAsync(
                    $"{ProgramName}: the limit of open files (ulimit -n) is {ResourceLimits.OpenFiles()}; " +
                    $"it must be at least {ResourceLimits.FewestOpenFiles}");
                return ExitCodes.CouldNotRun;
            }

            ParseResult parsed = Build().Parse(args, s_parser);
            return ReportMistakes(parsed) ? RulesCommand.OnMistake(parsed.CommandResult.Command) : await parsed.InvokeAsync(s_invocation);
        }
        catch (Exception e)
        {
            ReportUnexpected(e);
            return ExitCodes.CouldNotRun;
        }
    }

    /// <summary>The root command with all its subcommands.</summary>
    public static RootCommand Build()
    {
        RootCommand root = new("Userspace TCP load balancer for Kubernetes Services.")
        {
            RunCommand.Build(),
            ForwardCommand.Build(),
            DemoCommand.Build(),
            TableCommand.Build(),
            CheckCommand.Build(),
            RulesCommand.Build(),
            CleanupCommand.Build(),
        };
        HelpOption help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        return root;
    }

    private static void ReportUnexpected(Exception e)
    {
        bool debug = Environment.GetEnvironmentVariable(DebugVariable) is "1";
        try
        {
            Console.Error.WriteLine(debug
                ? $"{ProgramName}: unexpected error: {e}"
                : $"{ProgramName}: unexpected error: {e.GetType().Name}: {e.Message} ({DebugVariable}=1 shows where)");
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException or Win32Exception)
        {
            // Standard error is gone too; the exit code is what is left.
        }
    }

    /// <summary>Says what is wrong with the command line, and where help is; false when nothing is.</summary>
    private static bool ReportMistakes(ParseResult parsed)
    {
        if (parsed.Errors.Count == 0 || parsed.Action is { ClearsParseErrors: true })
        {
            return false;
        }

        Command command = parsed.CommandResult.Command;
        foreach (string mistake in Describe(parsed, command).Distinct(StringComparer.Ordinal))
        {
            Console.Error.WriteLine($"{ProgramName}: {mistake}");
        }

        Console.Error.WriteLine($"Try '{string.Join(' ', Words(parsed.CommandResult))} --help'.");
        return true;
    }

    /// <summary>The command's words, the program's name first.</summary>
    private static IEnumerable<string> Words(CommandResult result) => result.Parent is CommandResult parent
        ? Words(parent).Append(result.Command.Name)
        : [ProgramName];

    private static IEnumerable<string> Describe(ParseResult parsed, Command command)
    {
        // A misspelt option counts as an argument where a command takes arguments, none of which begins like that.
        string? unknown = parsed.UnmatchedTokens.Count > 0
            ? parsed.UnmatchedTokens[0]
            : parsed.CommandResult.Tokens.FirstOrDefault(t => t.Value.StartsWith('-'))?.Value;
        if (unknown is not null)
        {
            // What follows an unknown word is most often its value, and no mistake of its own.
            return [DescribeUnknown(command, unknown)];
        }

        return command.Subcommands.Count > 0
            ? [$"a command is needed: {string.Join(", ", command.Subcommands.Select(c => c.Name))}"]
            : parsed.Errors.Select(e => Printable.Of(e.Message.TrimEnd('.')));
    }

    private static string DescribeUnknown(Command command, string token)
    {
        string kind = token.StartsWith('-') ? "option" : command.Subcommands.Count > 0 ? "command" : "argument";
        IEnumerable<string> known = command.Options.Select(o => o.Name).Concat(command.Subcommands.Select(c => c.Name));
        string? near = NearestName.Find(token, known);
        string unknown = $"unknown {kind} '{Printable.Of(token)}'";
        return near is null ? unknown : $"{unknown}; did you mean '{near}'?";
    }
}
