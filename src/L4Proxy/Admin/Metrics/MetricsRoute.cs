using System.Collections.Immutable;
using System.IO.Pipelines;
using L4Proxy.Admin.Http;

namespace L4Proxy.Admin.Metrics;

/// <summary><c>/metrics</c> and what else kube-proxy answers on that address.</summary>
/// <param name="sources">What is measured.</param>
/// <param name="proxyMode">The answer of <c>/proxyMode</c>.</param>
/// <param name="time">Clock of timeouts.</param>
internal sealed class MetricsRoute(ImmutableArray<IMetricSource> sources, string proxyMode, TimeProvider time) : IAdminRoute, IDisposable
{
    /// <summary>Scrapes at once; each may hold the series of one metric in memory. Usual is one scraper, or two for redundancy.</summary>
    private const int MaxScrapes = 4;

    /// <summary>Longer than any usual scrape timeout (Prometheus' default is 10 s): whoever is slower has given up.</summary>
    private static readonly TimeSpan s_scrapeTimeout = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _scrapes = new(MaxScrapes);

    public Task AnswerAsync(AdminExchange exchange) => exchange.Path switch
    {
        "/metrics" => ScrapeAsync(exchange),
        "/proxyMode" => exchange.SendTextAsync(200, proxyMode),
        "/healthz" => exchange.SendTextAsync(200, "ok"),
        _ => exchange.SendNotFoundAsync(),
    };

    public void Dispose() => _scrapes.Dispose();

    private async Task ScrapeAsync(AdminExchange exchange)
    {
        if (!await _scrapes.WaitAsync(TimeSpan.Zero))
        {
            exchange.SetHeader("Retry-After", "1");
            await exchange.SendTextAsync(503, $"503 {MaxScrapes} scrapes are under way\n");
            return;
        }

        try
        {
            if (await exchange.StartAsync(PrometheusWriter.ContentType) is { } output)
            {
                await WriteAsync(output, exchange);
            }
        }
        finally
        {
            _scrapes.Release();
        }
    }

    private async Task WriteAsync(PipeWriter output, AdminExchange exchange)
    {
        using CancellationTokenSource limit = new(s_scrapeTimeout, time);
        await using CancellationTokenRegistration cut = limit.Token.Register(exchange.Abort);
        PrometheusWriter writer = new(output);
        foreach (MetricFamily family in sources.SelectMany(s => s.Collect()))
        {
            family(writer);

            // A slow reader is waited for here, with no more than one metric in memory.
            if ((await output.FlushAsync(exchange.Aborted)).IsCompleted)
            {
                return;
            }
        }
    }
}
