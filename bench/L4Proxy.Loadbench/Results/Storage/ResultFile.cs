using System.Text.Json;

namespace L4Proxy.Loadbench.Results.Storage;

/// <summary>Results in JSON files.</summary>
internal static class ResultFile
{
    public static byte[] Serialize(CompareResult result) => JsonSerializer.SerializeToUtf8Bytes(
        new ResultDocument
        {
            Format = ResultDocument.CurrentFormat,
            Environment = result.Environment,
            Scenarios = result.Scenarios,
            Samples = result.Samples,
        },
        ResultJsonContext.Default.ResultDocument);

    /// <exception cref="ResultFileException">The file cannot be read, is of another format, or lacks something.</exception>
    public static async Task<CompareResult> ReadAsync(string path, CancellationToken cancellation)
    {
        try
        {
            byte[] content = await File.ReadAllBytesAsync(path, cancellation);
            return Parse(path, content);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ResultFileException($"{path}: cannot be read: {error.Message}", error);
        }
        catch (JsonException error)
        {
            // The first line: the rest repeats path and place.
            throw new ResultFileException($"{path}: is no result of compare: {error.Message.Split('\n')[0]}", error);
        }
    }

    private static CompareResult Parse(string path, ReadOnlySpan<byte> content)
    {
        string? format = JsonSerializer.Deserialize(content, ResultJsonContext.Default.ResultFormat)?.Format;
        if (format != ResultDocument.CurrentFormat)
        {
            string found = format is null ? "has no field 'format'" : $"is of format '{format}'";
            throw new ResultFileException($"{path}: {found}, '{ResultDocument.CurrentFormat}' is read");
        }

        ResultDocument document = JsonSerializer.Deserialize(content, ResultJsonContext.Default.ResultDocument)!;
        return new CompareResult { Environment = document.Environment, Scenarios = document.Scenarios, Samples = document.Samples };
    }
}
