using System.Net.Sockets;
using Xunit;

namespace L4Proxy.Testing;

/// <summary>
/// What a test needs from the host. Where it is missing the test is skipped with the reason; where
/// <c>L4PROXY_REQUIRE_ALL=1</c> is set it fails instead, so that a build that ought to run everything does.
/// </summary>
public static class Requires
{
    public static bool EverythingMustRun => Environment.GetEnvironmentVariable("L4PROXY_REQUIRE_ALL") == "1";

    public static void That(bool condition, string reason)
    {
        if (condition)
        {
            return;
        }

        if (EverythingMustRun)
        {
            Assert.Fail($"needs: {reason} (L4PROXY_REQUIRE_ALL=1 forbids to skip)");
        }

        Assert.Skip($"needs: {reason}");
    }

    /// <summary>
    /// Recordings to compare with, which no package has: skipped without them wherever it runs. What they are compared
    /// with is tested against data of the repository's own, too.
    /// </summary>
    public static void Recordings(bool present, string what)
    {
        if (!present)
        {
            Assert.Skip($"needs: recordings of {what} beside the repository");
        }
    }

    public static void Linux() => That(OperatingSystem.IsLinux(), "Linux");

    public static void Family(IPFamily family) =>
        That(family == IPFamily.IPv4 || Socket.OSSupportsIPv6, "IPv6 on the loopback interface");

    /// <summary>A program on the PATH.</summary>
    public static void Program(string name) => That(FindProgram(name) is not null, $"the program '{name}'");

    public static void Root() => That(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "root on Linux");

    private static string? FindProgram(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
}
