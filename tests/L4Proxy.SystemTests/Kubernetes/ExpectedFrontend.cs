using System.Net;

namespace L4Proxy.SystemTests.Kubernetes;

/// <summary>An address of a Service port, and the endpoints that its clients are led to.</summary>
/// <param name="Service">Name of the Service and of the port, with a colon between.</param>
/// <param name="Kind">What the address is.</param>
/// <param name="Address">Address and port that clients know.</param>
/// <param name="Endpoints">Endpoints by kind of client; none for those that are refused.</param>
internal sealed record ExpectedFrontend(string Service, string Kind, IPEndPoint Address, IReadOnlyDictionary<string, HashSet<string>> Endpoints)
{
    /// <summary>Reads a listing of <see cref="TableListing"/>.</summary>
    public static IReadOnlyList<ExpectedFrontend> Read(string listing)
    {
        List<ExpectedFrontend> frontends = [];
        string service = "";
        Dictionary<string, HashSet<string>> endpoints = [];
        foreach (string line in listing.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            switch (line.Length - line.TrimStart().Length)
            {
                case 2:
                    endpoints = [];
                    frontends.Add(new ExpectedFrontend(service, words[0], IPEndPoint.Parse(words[1]), endpoints));
                    break;
                case 4:
                    endpoints.Add(words[0], [.. words.Skip(1).Where(w => w != "refused")]);
                    break;
                default:
                    // After the Services come health checks and problems, which have no addresses.
                    service = line;
                    break;
            }
        }

        return frontends;
    }

    public override string ToString() => $"{Service} {Kind} {Address}";
}
