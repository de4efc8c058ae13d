using System.Text;
using System.Text.Json.Nodes;

namespace L4Proxy.SystemTests.Kubernetes;

/// <summary>The JSON of <c>l4proxy table</c> as a text for people: each address, and the endpoints of each kind of client.</summary>
internal static class TableListing
{
    public static string Of(string json)
    {
        JsonNode document = JsonNode.Parse(json)!;
        StringBuilder text = new();
        foreach (JsonNode? service in document["services"]!.AsArray())
        {
            text.Append(service!["name"]).Append(':').Append(service["port"]).Append('\n');
            foreach (JsonNode? frontend in service["frontends"]!.AsArray())
            {
                text.Append("  ").Append(frontend!["kind"]).Append(' ').Append(frontend["address"]).Append(':').Append(frontend["port"]);
                string[] sources = Texts(frontend["allowedSources"]);
                text.Append(sources.Length == 0 ? "" : " for ").AppendJoin(' ', sources).Append('\n');
                foreach (string client in (string[])["pod", "node", "outside"])
                {
                    text.Append("    ").Append(client.PadRight(8)).AppendJoin(' ', Texts(frontend["endpoints"]![client]).DefaultIfEmpty("refused")).Append('\n');
                }
            }
        }

        foreach (JsonNode? check in document["healthCheckNodePorts"]!.AsArray())
        {
            text.Append("health check ").Append(check!["port"]).Append(' ').Append(check["name"]).Append(' ').Append(check["localEndpoints"]).Append('\n');
        }

        foreach (JsonNode? problem in document["problems"]!.AsArray())
        {
            text.Append(problem!["severity"]).Append(' ').Append(problem["object"]).Append(": ").Append(problem["message"]).Append('\n');
        }

        return text.ToString();
    }

    private static string[] Texts(JsonNode? list) => [.. list!.AsArray().Select(t => (string)t!)];
}
