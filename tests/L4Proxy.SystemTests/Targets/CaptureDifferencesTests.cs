using L4Proxy.Testing;
using Xunit;

namespace L4Proxy.SystemTests.Targets;

/// <summary>What the documentation says of how this proxy differs from kube-proxy is what the tests expect.</summary>
public sealed class CaptureDifferencesTests
{
    private const string Heading = "| Service |";

    /// <summary>With L4PROXY_UPDATE_CASES=1 the table is written instead of compared.</summary>
    [Fact]
    public void Documentation_OfDifferencesFromKubeProxy_ListsThemAll()
    {
        string file = Repository.PathOf("docs", "kernel-rules-differences.md");
        string text = File.ReadAllText(file);
        string expected = text[..text.IndexOf(Heading, StringComparison.Ordinal)] + CaptureDifferences.Table();
        if (Environment.GetEnvironmentVariable("L4PROXY_UPDATE_CASES") == "1")
        {
            File.WriteAllText(file, expected);
        }

        Assert.Equal(expected, text);
    }
}
