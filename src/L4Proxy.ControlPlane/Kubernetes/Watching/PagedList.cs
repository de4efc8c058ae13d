using L4Proxy.ControlPlane.Kubernetes.Json;

namespace L4Proxy.ControlPlane.Kubernetes.Watching;

/// <summary>Lists the objects of a scope page by page.</summary>
/// <param name="client">Sends the requests.</param>
/// <param name="decoder">Reads the objects.</param>
/// <param name="time">Clock of deadlines.</param>
internal sealed class PagedList(ApiClient client, ObjectDecoder decoder, TimeProvider time)
{
    /// <summary>Page size of client-go's pager.</summary>
    private const int Limit = 500;

    /// <summary>How long an answer may stand still.</summary>
    private static readonly TimeSpan s_stall = TimeSpan.FromSeconds(30);

    /// <summary>How long a page may take in all: twice as long as the API server gives a request (--request-timeout, 60 s).</summary>
    private static readonly TimeSpan s_pageWithin = TimeSpan.FromSeconds(120);

    /// <summary>All objects, and the state of the store that they show.</summary>
    /// <exception cref="ApiFailureException">It could not be read.</exception>
    public async Task<(List<DecodedObject> Objects, string ResourceVersion)> ReadAsync(CancellationToken cancellation)
    {
        try
        {
            return await ReadAsync(Limit, cancellation);
        }
        catch (ApiFailureException e) when (e.Kind == FailureKind.Expired)
        {
            // The state of the first page is compacted away by now. As a whole, the list cannot expire.
            return await ReadAsync(0, cancellation);
        }
    }

    private async Task<(List<DecodedObject> Objects, string ResourceVersion)> ReadAsync(int limit, CancellationToken cancellation)
    {
        List<DecodedObject> objects = [];
        string token = "";
        while (true)
        {
            ListReader page = new(json => objects.Add(decoder.Decode(json)));
            string next = token.Length == 0 ? "" : $"&continue={Uri.EscapeDataString(token)}";
            await client.GetAsync("list", $"limit={limit}{next}", body => ReadPageAsync(page, body, cancellation), cancellation);
            if (page.Continue.Length == 0)
            {
                return (objects, page.ResourceVersion);
            }

            // What ignores the token would be asked for its first page until the memory is full.
            token = page.Continue != token
                ? page.Continue
                : throw new ApiFailureException(FailureKind.BrokenAnswer, "the next page of a list is the same page again");
        }
    }

    private async Task ReadPageAsync(ListReader page, Stream body, CancellationToken cancellation)
    {
        using CancellationTokenSource stall = new(s_stall, time);
        using CancellationTokenSource late = new(s_pageWithin, time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(cancellation, stall.Token, late.Token);
        try
        {
            await page.ReadAsync(body, () => stall.CancelAfter(s_stall), any.Token);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new InvalidDataException(
                late.IsCancellationRequested
                    ? $"a page was not there after {s_pageWithin.TotalSeconds} s"
                    : $"it stood still for {s_stall.TotalSeconds} s",
                e);
        }
    }
}
