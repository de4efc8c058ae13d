using System.Text.RegularExpressions;
using L4Proxy.DataPlane.Telemetry;
using L4Proxy.Testing;
using Xunit;

namespace L4Proxy.Tests.Docs;

/// <summary>What the documents say of files and codes is so.</summary>
public sealed partial class DocumentationTests
{
    /// <summary>All documents of the repository, as paths from its root.</summary>
    public static TheoryData<string> Documents =>
        [.. Directory.EnumerateFiles(Repository.Root, "*.md")
            .Concat(Directory.EnumerateFiles(Repository.PathOf("docs"), "*.md", SearchOption.AllDirectories))
            .Select(path => Path.GetRelativePath(Repository.Root, path))
            .Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Links_ToFilesOfTheRepository_Resolve(string document)
    {
        string path = Repository.PathOf(document);
        foreach (string target in LinkPattern().Matches(File.ReadAllText(path)).Select(m => m.Groups["target"].Value))
        {
            if (!target.Contains("://", StringComparison.Ordinal))
            {
                Assert.True(Path.Exists(Path.Combine(Path.GetDirectoryName(path)!, target)), $"{document}: {target} does not exist");
            }
        }
    }

    [Fact]
    public void Architecture_EveryFileItNames_Exists()
    {
        string[] names = [.. FilePattern().Matches(File.ReadAllText(Repository.PathOf("docs", "architecture.md"))).Select(m => m.Groups["file"].Value)];
        string[] sources = [.. Directory.EnumerateFiles(Repository.PathOf("src"), "*.cs", SearchOption.AllDirectories)];

        Assert.NotEmpty(names);
        Assert.All(names, name => Assert.Contains(sources, source => source.Replace(Path.DirectorySeparatorChar, '/').EndsWith($"/{name}", StringComparison.Ordinal)));
    }

    [Fact]
    public void EndCodes_EveryReason_HasItsRow()
    {
        string document = File.ReadAllText(Repository.PathOf("docs", "end-codes.md"));

        Assert.All(
            Enum.GetValues<CloseReason>().Except([CloseReason.None]),
            reason => Assert.Contains($"\n| `{reason.Code()}` | ", document, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"\]\((?<target>[^)#\s]+)(#[^)]*)?\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LinkPattern();

    [GeneratedRegex(@"`(?<file>[\w./]+\.cs)`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FilePattern();
}
