using System.Runtime.CompilerServices;
using L4Proxy.Options;
using Xunit;

namespace L4Proxy.Tests.Options;

/// <summary>
/// <c>config/l4proxy.yaml</c> is written from the schema: run this class with L4PROXY_UPDATE_CASES=1 after a change.
/// </summary>
public sealed class ConfigurationDocumentTests
{
    [Fact]
    public void Write_Defaults_IsTheFileInTheRepository()
    {
        string file = DocumentPath();
        string expected = ConfigurationDocument.Write(ProxyConfiguration.Default);
        if (Environment.GetEnvironmentVariable("L4PROXY_UPDATE_CASES") == "1")
        {
            File.WriteAllText(file, expected);
        }

        Assert.Equal(expected, File.ReadAllText(file));
    }

    [Fact]
    public void Read_TheFileInTheRepository_HasEveryKeyWithItsDefault()
    {
        ConfigurationInput input = ConfigurationFile.Read(DocumentPath());

        Assert.Empty(input.Problems);
        Assert.Equal(ConfigurationSchema.Keys.Select(k => k.Path), input.Values.Select(v => v.Key.Path));
        Assert.All(input.Values, v => Assert.Equal(v.Key.Format(ProxyConfiguration.Default), v.Values));
        ConfigurationResult result = ConfigurationLoader.Combine(input);
        Assert.Empty(result.Problems);
        Assert.All(ConfigurationSchema.Keys, k => Assert.Equal(k.Format(ProxyConfiguration.Default), k.Format(result.Configuration)));
    }

    private static string DocumentPath([CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "../../../config/l4proxy.yaml");
}
