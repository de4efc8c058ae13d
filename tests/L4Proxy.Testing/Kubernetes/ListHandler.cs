using System.IO.Compression;
using Microsoft.AspNetCore.Http;

namespace L4Proxy.Testing.Kubernetes;

/// <summary>Answers lists, in parts where asked.</summary>
internal sealed class ListHandler(ObjectStore store)
{
    /// <summary>Bytes from which on the API server compresses answers (APIResponseCompression).</summary>
    private const int CompressedFrom = 128 * 1024;

    private const int BlockSize = 64 * 1024;

    public async Task ServeAsync(HttpContext context, KubeResource resource, ListOptions options)
    {
        ContinueToken? token = options.Continue is null ? null : ContinueToken.Parse(options.Continue);
        ResourceState state = ReadState(resource, options, token);
        List<StoredObject> page = [];
        string? last = null;
        long rest = 0;
        foreach (StoredObject o in state.Objects.Values)
        {
            if ((token is not null && string.CompareOrdinal(o.Key, token.Start) < 0) || !options.Filter.Matches(o))
            {
                continue;
            }

            if (page.Count < (options.Limit ?? int.MaxValue))
            {
                page.Add(o);
                last = o.Key;
            }
            else
            {
                rest++;
            }
        }

        string next = rest == 0 ? "" : $",\"continue\":\"{ContinueToken.After(state.Version, last!)}\"";

        // How many are left is not known where a selector leaves some out.
        string remaining = rest == 0 || options.Filter.HasSelector ? "" : $",\"remainingItemCount\":{rest}";
        string head =
            $$"""{"kind":"{{resource.Kind}}List","apiVersion":"{{resource.ApiVersion}}","metadata":"""
            + $$"""{"resourceVersion":"{{state.Version}}"{{next}}{{remaining}}},"items":[""";
        await WriteAsync(context, Bytes.Of(head), page);
    }

    private ResourceState ReadState(KubeResource resource, ListOptions options, ContinueToken? token)
    {
        if (token is not null)
        {
            try
            {
                return store.ReadState(resource, token.Version < 0 ? null : token.Version);
            }
            catch (ApiException e) when (e.Code == StatusCodes.Status410Gone)
            {
                throw ExpiredToken(token);
            }
        }

        if (options.IsExact)
        {
            return store.ReadState(resource, options.Version);
        }

        ResourceState state = store.ReadState(resource);
        return options.Version > state.Version ? throw ApiException.FutureVersion(options.Version.Value, state.Version) : state;
    }

    private static ApiException ExpiredToken(ContinueToken token) =>
        new(
            StatusCodes.Status410Gone,
            "Expired",
            "The provided continue parameter is too old to display a consistent list result. You can start a new list without "
            + "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. "
            + "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or "
            + "deleted between the time the first chunk was returned and now may show up in the list.")
        {
            ContinueToken = (token with { Version = -1 }).ToString(),
        };

    private static async Task WriteAsync(HttpContext context, byte[] head, List<StoredObject> page)
    {
        HttpResponse response = context.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "application/json";
        int length = head.Length + page.Sum(o => o.Fields.Length + 2) + "]}\n".Length;
        bool isCompressed = length >= CompressedFrom && context.Request.Headers.AcceptEncoding.ToString().Contains("gzip");
        if (!isCompressed)
        {
            await WriteAsync(response.Body, head, page, context.RequestAborted);
            return;
        }

        response.Headers.ContentEncoding = "gzip";
        response.Headers.Vary = "Accept-Encoding";

        // The API server takes speed over size, too.
        await using GZipStream gzip = new(response.Body, CompressionLevel.Fastest);
        await WriteAsync(gzip, head, page, context.RequestAborted);
    }

    private static async Task WriteAsync(Stream body, byte[] head, List<StoredObject> page, CancellationToken aborted)
    {
        using MemoryStream block = new(BlockSize);
        block.Write(head);
        bool isFirst = true;
        foreach (StoredObject o in page)
        {
            block.Write(isFirst ? "{"u8 : ",{"u8);
            block.Write(o.Fields.Span);
            isFirst = false;
            if (block.Length >= BlockSize)
            {
                await body.WriteAsync(block.GetBuffer().AsMemory(0, (int)block.Length), aborted);
                block.SetLength(0);
            }
        }

        block.Write("]}\n"u8);
        await body.WriteAsync(block.GetBuffer().AsMemory(0, (int)block.Length), aborted);
    }
}
