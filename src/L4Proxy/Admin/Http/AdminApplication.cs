using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace L4Proxy.Admin.Http;

/// <summary>Gives each request to the route of the listener that it came by.</summary>
internal sealed class AdminApplication(ILogger logger) : IHttpApplication<IFeatureCollection>
{
    public IFeatureCollection CreateContext(IFeatureCollection contextFeatures) => contextFeatures;

    public void DisposeContext(IFeatureCollection context, Exception? exception)
    {
        // Nothing is held between requests.
    }

    public async Task ProcessRequestAsync(IFeatureCollection context)
    {
        AdminExchange exchange = new(context);
        try
        {
            await AnswerAsync(exchange, context.GetRequiredFeature<AdminListener>().Route);
        }
        catch (Exception e) when (exchange.Aborted.IsCancellationRequested || e is ConnectionAbortedException)
        {
            // The client left, or was cut: there is nobody to answer.
        }
        catch (Exception e)
        {
            // Kestrel answers with 500, or cuts what has been started.
            AdminLog.AnswerFailed(logger, exchange.Path, e.GetType().Name, e.Message);
            throw;
        }
    }

    private static Task AnswerAsync(AdminExchange exchange, IAdminRoute route)
    {
        if (!exchange.IsGet && !exchange.IsHead)
        {
            exchange.SetHeader("Allow", "GET, HEAD");
            return exchange.SendRefusalAsync(405, "405 only GET and HEAD are allowed\n");
        }

        return exchange.HasBody ? exchange.SendRefusalAsync(413, "413 a request body is not allowed\n") : route.AnswerAsync(exchange);
    }
}
