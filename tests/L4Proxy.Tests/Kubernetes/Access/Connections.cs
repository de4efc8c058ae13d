using L4Proxy.ControlPlane.Kubernetes.Access;
using Microsoft.Extensions.Logging.Abstractions;

namespace L4Proxy.Tests.Kubernetes.Access;

internal static class Connections
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    public static ApiConnection Connect(this ClusterAccess access, TimeProvider? clock = null) =>
        new(access, clock ?? TimeProvider.System, NullLoggerFactory.Instance);

    public static async Task<(int Status, string Body)> Ask(this ApiConnection connection, string path = "/version")
    {
        using HttpResponseMessage response = await connection.GetAsync(path, s_patience, CancellationToken.None);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>The message of the failure.</summary>
    public static async Task<string> Fails(this ApiConnection connection, TimeSpan? within = null) =>
        (await Xunit.Assert.ThrowsAsync<ApiUnreachableException>(
            () => connection.GetAsync("/version", within ?? s_patience, CancellationToken.None))).Message;
}
