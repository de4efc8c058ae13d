namespace L4Proxy.Testing.Kubernetes;

/// <summary>Who a request comes from.</summary>
internal sealed record ApiUser(string Name, IReadOnlyList<string> Groups)
{
    /// <summary>Everybody, on a server that asks for no credentials.</summary>
    public static readonly ApiUser Anybody = new("test", ["system:authenticated"]);

    public static readonly ApiUser Anonymous = new("system:anonymous", ["system:unauthenticated"]);
}
