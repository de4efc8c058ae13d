using System.Text.Json.Serialization;

namespace L4Proxy.Loadbench.Results.Storage;

/// <summary>How results are written as JSON; a figure that is no number, which JSON lacks, is a string.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(ResultDocument))]
[JsonSerializable(typeof(ResultFormat))]
internal sealed partial class ResultJsonContext : JsonSerializerContext;
