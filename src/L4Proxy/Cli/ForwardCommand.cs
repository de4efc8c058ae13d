using System.CommandLine;

namespace L4Proxy.Cli;

internal static class ForwardCommand
{
    public static Command Build() => new("forward");
}
