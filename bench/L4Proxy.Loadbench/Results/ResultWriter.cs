using System.Text;
using L4Proxy.Loadbench.Results.Html;
using L4Proxy.Loadbench.Results.Reports;
using L4Proxy.Loadbench.Results.Storage;

namespace L4Proxy.Loadbench.Results;

/// <summary>Writes a result to files: <c>result.json</c>, <c>result.md</c>, <c>result.csv</c> and <c>result.html</c>.</summary>
internal static class ResultWriter
{
    private const string Json = "result.json";

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Finds out beforehand whether files can be written to a folder, which is made where it is missing.</summary>
    /// <exception cref="IOException">A file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be written.</exception>
    public static void Prepare(string folder)
    {
        Directory.CreateDirectory(folder);
        string trial = Path.Combine(folder, $"{Json}~");
        File.WriteAllBytes(trial, []);
        File.Delete(trial);
    }

    /// <param name="result">What is written.</param>
    /// <param name="folder">Made where it is missing; files of an earlier result in it are replaced.</param>
    /// <param name="cancellation">Ends writing between two files.</param>
    /// <exception cref="IOException">A file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be written.</exception>
    public static async Task WriteAsync(CompareResult result, string folder, CancellationToken cancellation = default)
    {
        // What all others can be made of comes first.
        await WriteJsonAsync(result, folder, cancellation);
        await WriteAsync("result.csv", CsvReport.Write(result));
        await WriteAsync("result.md", MarkdownReport.Write(result));
        await WriteAsync("result.html", HtmlReport.Write(result));

        Task WriteAsync(string name, string content) => File.WriteAllTextAsync(Path.Combine(folder, name), content, s_utf8, cancellation);
    }

    /// <summary>Writes the file that all others can be made of, whole or not at all.</summary>
    /// <inheritdoc cref="WriteAsync"/>
    public static async Task WriteJsonAsync(CompareResult result, string folder, CancellationToken cancellation)
    {
        Directory.CreateDirectory(folder);
        string file = Path.Combine(folder, Json);
        await File.WriteAllBytesAsync($"{file}~", ResultFile.Serialize(result), cancellation);
        File.Move($"{file}~", file, overwrite: true);
    }
}
