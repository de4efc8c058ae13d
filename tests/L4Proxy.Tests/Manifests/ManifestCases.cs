using System.Collections.Immutable;
using L4Proxy.ControlPlane;
using L4Proxy.ControlPlane.Manifests;
using L4Proxy.ControlPlane.Translation;
using L4Proxy.Testing;
using L4Proxy.Tests.Translation;
using Xunit;

namespace L4Proxy.Tests.Manifests;

/// <summary>
/// Each folder in tests/cases/manifests holds manifests, the table that they mean (table.txt) and what is said about
/// them (problems.txt). With L4PROXY_UPDATE_CASES=1 the two are written instead of compared.
/// </summary>
public sealed class ManifestCases
{
    private static readonly string s_cases = Repository.PathOf("tests", "cases", "manifests");

    public static TheoryData<string> Names =>
        [.. Directory.GetDirectories(s_cases).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Case_Translated_HasThisTableAndTheseProblems(string name)
    {
        string folder = Path.Combine(s_cases, name);
        ManifestSet set = new([folder], TimeProvider.System);
        set.Refresh(readAll: true);
        TranslationResult result = new ServiceTranslator(new TranslationOptions(), new FakeHost(), new FakeNames()).Translate(set.Objects);

        Check(Path.Combine(folder, "table.txt"), TableText.Render(result.Table));
        Check(Path.Combine(folder, "problems.txt"), Render([.. set.Problems, .. result.Problems], folder));
    }

    private static string Render(ImmutableArray<Problem> problems, string folder) => string.Concat(problems.Select(p =>
        $"{p.Severity}: {p.ToString().Replace(folder + Path.DirectorySeparatorChar, "", StringComparison.Ordinal)}\n"));

    private static void Check(string file, string actual)
    {
        if (Environment.GetEnvironmentVariable("L4PROXY_UPDATE_CASES") == "1")
        {
            File.WriteAllText(file, actual);
        }

        Assert.Equal(File.Exists(file) ? File.ReadAllText(file) : "(no such file)", actual);
    }
}
