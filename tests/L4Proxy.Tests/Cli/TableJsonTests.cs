using System.Runtime.CompilerServices;
using System.Text.Json;
using L4Proxy.Cli.Table;
using L4Proxy.ControlPlane.Settings;
using Xunit;

namespace L4Proxy.Tests.Cli;

/// <summary>
/// The example in <c>docs/table-json.md</c> is what the program writes: run this class with L4PROXY_UPDATE_CASES=1
/// after members were added.
/// </summary>
public sealed class TableJsonTests
{
    private const string Opening = "```json\n";
    private const string Closing = "\n```";

    [Fact]
    public void Write_Sample_IsTheDocumentedExample()
    {
        string written = TableJson.Write(TableDocument.From(SampleTable.Snapshot));
        string file = DocumentPath();
        string document = File.ReadAllText(file);
        int start = document.IndexOf(Opening, StringComparison.Ordinal) + Opening.Length;
        int end = document.IndexOf(Closing, start, StringComparison.Ordinal);
        if (Environment.GetEnvironmentVariable("L4PROXY_UPDATE_CASES") == "1")
        {
            File.WriteAllText(file, document = document[..start] + written + document[end..]);
            end = start + written.Length;
        }

        Assert.Equal(document[start..end], written);
    }

    [Fact]
    public void Write_EveryMember_IsDocumented()
    {
        string document = File.ReadAllText(DocumentPath());
        using JsonDocument json = JsonDocument.Parse(TableJson.Write(TableDocument.From(SampleTable.Snapshot)));
        Assert.All(MemberNames(json.RootElement), name => Assert.Contains($"| `{name}` |", document, StringComparison.Ordinal));
    }

    private static IEnumerable<string> MemberNames(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Array => element.EnumerateArray().SelectMany(MemberNames),
        JsonValueKind.Object => element.EnumerateObject()
            .SelectMany(member => MemberNames(member.Value).Prepend(member.Name))
            .Where(name => ServiceSettings.FindByName(name) is null || name == "balance"),
        _ => [],
    };

    private static string DocumentPath([CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "../../../docs/table-json.md");
}
