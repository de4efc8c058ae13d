using System.CommandLine;

namespace L4Proxy.Cli;

internal static class DemoCommand
{
    public static Command Build() => new("demo");
}
