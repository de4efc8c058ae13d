using System.Globalization;
using System.Text;
using L4Proxy.ControlPlane.Manifests;
using Xunit;

namespace L4Proxy.Tests.Manifests;

public sealed class YamlComposerTests
{
    [Theory]
    [InlineData("a", true, null)]
    [InlineData("10.43.0.1", true, null)]
    [InlineData("1.10", false, null)]
    [InlineData("80", false, 80)]
    [InlineData("-80", false, -80)]
    [InlineData("+80", false, 80)]
    [InlineData("0", false, 0)]
    [InlineData("080", false, null)]
    [InlineData("0x50", false, null)]
    [InlineData("0o17", false, null)]
    [InlineData("0x", true, null)]
    [InlineData("1e3", false, null)]
    [InlineData("e3", true, null)]
    [InlineData(".5", false, null)]
    [InlineData(".inf", false, null)]
    [InlineData("1-2", true, null)]
    [InlineData("-", true, null)]
    [InlineData("true", false, null)]
    [InlineData("yes", true, null)]
    [InlineData("null", false, null)]
    [InlineData("~", false, null)]
    [InlineData("99999999999999999999", false, null)]
    public void Scalar_Plain_IsTypedByTheCoreSchema(string text, bool isString, int? integer)
    {
        ManifestScalar scalar = new(text, plain: true, 1);

        Assert.Equal(isString, scalar.IsString);
        Assert.Equal(integer, scalar.AsInteger);
        Assert.True(new ManifestScalar(text, plain: false, 1).IsString);
    }

    [Fact]
    public void Compose_ManyAliasesOfWhatIsSmall_IsFine()
    {
        StringBuilder text = new("base: &b {x: 1}\nlist:\n");
        for (int i = 0; i < 10_000; i++)
        {
            text.Append("- *b\n");
        }

        ManifestMapping root = Assert.IsType<ManifestMapping>(Assert.Single(YamlComposer.Compose(text.ToString(), 1)));
        Assert.Equal(10_000, Assert.IsType<ManifestSequence>(root.Entries["list"]).Items.Count);
    }

    [Fact]
    public void Compose_AliasesThatMultiply_StopAtTheLimit()
    {
        StringBuilder text = new("a0: &a0 [x,x,x,x]\n");
        for (int i = 1; i < 60; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"a{i}: &a{i} [*a{i - 1},*a{i - 1},*a{i - 1},*a{i - 1}]\n");
        }

        ManifestSyntaxException error = Assert.Throws<ManifestSyntaxException>(() => YamlComposer.Compose(text.ToString(), 1));
        Assert.Contains("more than", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Compose_AnchorOfAnotherDocument_IsUnknown() =>
        Assert.Throws<ManifestSyntaxException>(() => YamlComposer.Compose("a: &a 1\n---\nb: *a\n", 1));

    [Fact]
    public void Compose_MergeKey_WrittenKeysAndFirstSourcesWin()
    {
        const string Text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {<<: [*a, *b], x: 3}\n";
        ManifestMapping root = (ManifestMapping)YamlComposer.Compose(Text, 1)[0];

        ManifestMapping merged = (ManifestMapping)root.Entries["c"];
        Assert.Equal("x=3 y=1 z=2", string.Join(' ', merged.Entries.Select(e => $"{e.Key}={((ManifestScalar)e.Value).Text}")));
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("# only a comment\n\n", 0)]
    [InlineData("---\n---\n", 0)]
    [InlineData("a: 1", 1)]
    [InlineData("%YAML 1.2\n---\na: 1\n---\nb: 2\n", 2)]
    [InlineData("a: 1\n--- # comment\nb: 2\n---\r\nc: 3\n...\n", 3)]
    [InlineData("a: |\n  ---\nb: 2\n---x: 3\n", 1)]
    [InlineData("--- {a: 1}\n--- {b: 2}", 2)]
    public void Split_Stream_CutsAtMarkersOnly(string stream, int parts) => Assert.Equal(parts, DocumentSplitter.Split(stream).Count());

    [Fact]
    public void Split_Stream_CountsLines() =>
        Assert.Equal([1, 4], DocumentSplitter.Split("# one\n\na: 1\n---\nb: 2\n").Select(p => p.FirstLine));
}
