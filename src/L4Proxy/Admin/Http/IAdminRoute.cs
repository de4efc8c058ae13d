namespace L4Proxy.Admin.Http;

/// <summary>What answers the requests of one listener.</summary>
internal interface IAdminRoute
{
    /// <summary>Answers a GET or HEAD without a body. Runs for several requests at a time.</summary>
    Task AnswerAsync(AdminExchange exchange);
}
