using System.Text;
using FsCheck;
using FsCheck.Fluent;
using L4Proxy.ControlPlane.Manifests;
using L4Proxy.ControlPlane.Translation;
using L4Proxy.Testing;
using L4Proxy.Tests.Translation;
using Xunit;

namespace L4Proxy.Tests.Manifests;

/// <summary>Whatever is in a file, reading it ends in objects and one-line problems, never in an exception.</summary>
public sealed class ManifestReaderProperties
{
    private static readonly byte[][] s_seeds =
    [
        .. Directory.EnumerateFiles(Repository.PathOf("tests", "cases", "manifests"), "*", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(Repository.PathOf("config", "samples")))
            .Where(f => ManifestTree.IsManifestName(Path.GetFileName(f)) && !f.Contains("laughs", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(File.ReadAllBytes)
            .Where(b => b.Length > 0),
    ];

    private static readonly string[] s_tokens =
    [
        "&a ", "*a", "<<: *a\n", "---\n", "...\n", "%YAML 9.9\n", "\t", "\0", "{", "[", "}", "]",
        "? ", "!!int ", "! ", "|\n", ">-\n", "'", "\"", "\\u",
        "\uFEFF", "\r", "\f", "\u001b", "- - ", ": ", "~", "999999999999999999999", "-1", "@", "`", "#",
    ];

    private static readonly Gen<(int At, int Length, int Kind)> s_edit =
        from at in Gen.Choose(0, int.MaxValue - 1)
        from length in Gen.Choose(0, 40)
        from kind in Gen.Choose(0, 3 + s_tokens.Length)
        select (at, length, kind);

    private static readonly Arbitrary<(int Seed, (int At, int Length, int Kind)[] Edits)> s_mutations = (
        from seed in Gen.Choose(0, s_seeds.Length - 1)
        from edits in Gen.ListOf(s_edit)
        select (seed, edits.Take(6).ToArray())).ToArbitrary();

    [Fact]
    public void Read_MutatedManifests_NeverThrowsAndSaysOneLineEach() => Prop.ForAll(s_mutations, mutation =>
    {
        ManifestContent content = ManifestReader.Read("m.yaml", Mutate(mutation.Seed, mutation.Edits));
        TranslationResult result = new ServiceTranslator(new TranslationOptions(), new FakeHost(), new FakeNames())
            .Translate(KubernetesObjects.Of(content.Objects));
        Assert.All(content.Problems.Concat(result.Problems), p => Assert.DoesNotContain(p.ToString(), char.IsControl));
        Assert.True(content.IsComplete || content.Problems.Length > 0, "what could not be read is reported");
        Assert.True(content.Broken.Count <= content.Problems.Length, "each bad object is reported");
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    [Fact]
    public void Translate_TwoServicesOfOneName_FirstOneCounts()
    {
        const string Service = "{kind: Service, apiVersion: v1, metadata: {name: web}, spec: {clusterIP: 127.0.0.1, ports: [{port: PORT}]}}\n---\n";
        string text = Service.Replace("PORT", "8001", StringComparison.Ordinal) + Service.Replace("PORT", "8002", StringComparison.Ordinal);

        ManifestContent content = ManifestReader.Read("m.yaml", Encoding.UTF8.GetBytes(text));
        TranslationResult result = new ServiceTranslator(new TranslationOptions(), new FakeHost(), new FakeNames())
            .Translate(KubernetesObjects.Of(content.Objects));

        Assert.Equal(8001, Assert.Single(Assert.Single(result.Table.Services).Frontends).Address.Port);
    }

    private static byte[] Mutate(int seed, (int At, int Length, int Kind)[] edits)
    {
        List<byte> bytes = [.. s_seeds[seed]];
        foreach ((int at, int length, int kind) in edits)
        {
            int start = at % (bytes.Count + 1);
            int count = Math.Min(length, bytes.Count - start);
            switch (kind)
            {
                case 0:
                    bytes.RemoveRange(start, count);
                    break;
                case 1:
                    bytes.InsertRange(start, bytes.GetRange(start, count));
                    break;
                case 2 when count > 0:
                    bytes[start] = (byte)(at ^ length);
                    break;
                case 3:
                    bytes.RemoveRange(start, bytes.Count - start);
                    break;
                default:
                    bytes.InsertRange(start, Encoding.UTF8.GetBytes(s_tokens[(kind + length) % s_tokens.Length]));
                    break;
            }
        }

        return [.. bytes];
    }
}
