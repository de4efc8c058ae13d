using System.Globalization;
using System.Text;
using L4Proxy.Loadbench.Load;

namespace L4Proxy.Loadbench.Scenarios;

/// <summary>What is asked of backends.</summary>
internal static class Exchanges
{
    /// <summary>An answer as short as those of a health check or a cache: what counts then is the cost of a message, not of its bytes.</summary>
    public const int SmallBytes = 64;

    /// <summary>Enough that the cost of an exchange is nothing beside that of its bytes, and several fit in a second.</summary>
    public const int BulkBytes = 16 * 1024 * 1024;

    public static ExchangePlan Small { get; } = new(Request("GET", SmallBytes, ""), Filler: 0, AnswerEnd.Http);

    /// <summary>The same on a connection of its own, which both sides may close after it.</summary>
    public static ExchangePlan SmallAndClose { get; } = new(Request("GET", SmallBytes, "Connection: close\r\n"), Filler: 0, AnswerEnd.Http);

    public static ExchangePlan Down { get; } = new(Request("GET", BulkBytes, ""), Filler: 0, AnswerEnd.Http);

    public static ExchangePlan Up { get; } = new(
        Request("POST", 0, string.Create(CultureInfo.InvariantCulture, $"Content-Length: {BulkBytes}\r\n")), BulkBytes, AnswerEnd.Http);

    private static byte[] Request(string method, int answerBytes, string fields) => Encoding.ASCII.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"{method} /{answerBytes} HTTP/1.1\r\nHost: bench\r\n{fields}\r\n"));
}
