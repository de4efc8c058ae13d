using System.Text;
using L4Proxy.Loadbench.Results.Html;
using L4Proxy.Loadbench.Results.Reports;
using L4Proxy.Loadbench.Results.Storage;

namespace L4Proxy.Loadbench.Results;

/// <summary>Writes a result to files: <c>result.json</c>, <c>result.md</c>, <c>result.csv</c> and <c>result.html</c>.</summary>
internal static class ResultWriter
{
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <param name="result">What is written.</param>
    /// <param name="folder">Made where it is missing; files of an earlier result in it are replaced.</param>
    /// <param name="cancellation">Ends writing between two files.</param>
    /// <exception cref="IOException">A file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be written.</exception>
    public static async Task WriteAsync(CompareResult result, string folder, CancellationToken cancellation = default)
    {
        Directory.CreateDirectory(folder);
        // What all others can be made of comes first.
        await File.WriteAllBytesAsync(Path.Combine(folder, "result.json"), ResultFile.Serialize(result), cancellation);
        await WriteAsync("result.csv", CsvReport.Write(result));
        await WriteAsync("result.md", MarkdownReport.Write(result));
        await WriteAsync("result.html", HtmlReport.Write(result));

        Task WriteAsync(string name, string content) => File.WriteAllTextAsync(Path.Combine(folder, name), content, s_utf8, cancellation);
    }
}
