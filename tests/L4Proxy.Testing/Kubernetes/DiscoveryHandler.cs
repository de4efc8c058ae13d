using System.Text.Json.Nodes;

namespace L4Proxy.Testing.Kubernetes;

/// <summary>Answers about the server itself: version, API groups, resources, health.</summary>
internal static class DiscoveryHandler
{
    private const string Version =
        """
        {
          "major": "1",
          "minor": "36",
          "emulationMajor": "1",
          "emulationMinor": "36",
          "minCompatibilityMajor": "1",
          "minCompatibilityMinor": "35",
          "gitVersion": "v1.36.2",
          "gitCommit": "0000000000000000000000000000000000000000",
          "gitTreeState": "clean",
          "buildDate": "2026-01-01T00:00:00Z",
          "goVersion": "go1.26",
          "compiler": "gc",
          "platform": "linux/amd64"
        }
        """;

    private static readonly string[] s_verbs = ["create", "delete", "get", "list", "patch", "update", "watch"];

    /// <summary>The body for a path; null if there is none.</summary>
    public static string? Answer(string path) => path.TrimEnd('/') switch
    {
        "/version" => Version,
        "/healthz" or "/livez" or "/readyz" => "ok",
        "/api" => Core().ToJsonString() + "\n",
        "/apis" => Groups().ToJsonString() + "\n",
        "/api/v1" => Resources("", "v1").ToJsonString() + "\n",
        "/apis/discovery.k8s.io" => Group().ToJsonString() + "\n",
        "/apis/discovery.k8s.io/v1" => Resources("discovery.k8s.io", "v1").ToJsonString() + "\n",
        _ => null,
    };

    private static JsonObject Core() => new()
    {
        ["kind"] = "APIVersions",
        ["versions"] = new JsonArray("v1"),
        ["serverAddressByClientCIDRs"] = new JsonArray(),
    };

    private static JsonObject Groups() => new()
    {
        ["kind"] = "APIGroupList",
        ["apiVersion"] = "v1",
        ["groups"] = new JsonArray(Group()),
    };

    private static JsonObject Group()
    {
        JsonObject Version() => new() { ["groupVersion"] = "discovery.k8s.io/v1", ["version"] = "v1" };
        return new JsonObject
        {
            ["kind"] = "APIGroup",
            ["apiVersion"] = "v1",
            ["name"] = "discovery.k8s.io",
            ["versions"] = new JsonArray(Version()),
            ["preferredVersion"] = Version(),
        };
    }

    private static JsonObject Resources(string group, string version) => new()
    {
        ["kind"] = "APIResourceList",
        ["apiVersion"] = "v1",
        ["groupVersion"] = group.Length == 0 ? version : $"{group}/{version}",
        ["resources"] = new JsonArray([.. KubeResource.All.Where(r => r.Group == group && r.Version == version).Select(Describe)]),
    };

    private static JsonNode Describe(KubeResource resource) => new JsonObject
    {
        ["name"] = resource.Plural,
        ["singularName"] = resource.Singular,
        ["namespaced"] = resource.IsNamespaced,
        ["kind"] = resource.Kind,
        ["verbs"] = new JsonArray([.. s_verbs.Select(v => JsonValue.Create(v))]),
        ["shortNames"] = new JsonArray([.. resource.ShortNames.Select(n => JsonValue.Create(n))]),
    };
}
