using System.Collections.Immutable;
using System.Text;

namespace L4Proxy.Loadbench.Load.Steps;

/// <summary>One step of a scenario: a load for a time.</summary>
/// <param name="Name">What the table calls it.</param>
/// <param name="Plan">What is done; its targets are not known yet.</param>
/// <param name="Path">The path of HTTP requests, which name the target; null for other requests, which the plan has.</param>
/// <param name="Upload">Bytes of each request's body.</param>
/// <param name="Thresholds">What has to hold of the step's figures.</param>
internal sealed record LoadStep(string Name, LoadPlan Plan, string? Path, long Upload, ImmutableArray<LoadThreshold> Thresholds)
{
    /// <summary>The exchange of HTTP requests to a host.</summary>
    /// <param name="host">As the user wrote it: the Host field (RFC 9110, 7.2).</param>
    public ExchangePlan ExchangeWith(string host)
    {
        if (Path is null)
        {
            return Plan.Exchange;
        }

        string connection = Plan.Kind == LoadKind.ConnectExchange ? "Connection: close\r\n" : "";
        string head = Upload == 0
            ? $"GET {Path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: l4proxy-loadbench\r\n{connection}\r\n"
            : $"POST {Path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: l4proxy-loadbench\r\nContent-Length: {Upload}\r\n{connection}\r\n";
        return new ExchangePlan(Encoding.ASCII.GetBytes(head), Upload, AnswerEnd.Http);
    }
}
