using System.Text.RegularExpressions;

namespace L4Proxy.ControlPlane.Kubernetes.Watching;

/// <summary>What to say when a right is missing, and how to grant it.</summary>
internal static partial class Forbidden
{
    private const string ServiceAccountPrefix = "system:serviceaccount:";

    /// <summary>One line with the missing verb, resource and scope, and the command that grants it.</summary>
    /// <param name="verb">list or watch.</param>
    /// <param name="scope">What was asked for.</param>
    /// <param name="said">The server's message, which names the user.</param>
    public static string Message(string verb, ResourceScope scope, string said)
    {
        string where = scope.Namespace is { } ns ? $"in namespace {ns}" : "at the cluster scope";
        string user = UserName().Match(said) is { Success: true } match ? match.Groups["name"].Value : "";
        return $"not allowed to {verb} {scope.Kind.QualifiedName} {where} (403){(user.Length == 0 ? "" : $" as {user}")}; grant it with: {Grant(scope, user)}";
    }

    private static string Grant(ResourceScope scope, string user)
    {
        string name = $"l4proxy-{scope.Kind.Resource}";
        string role = scope.Namespace is null ? "clusterrole" : "role";
        string space = scope.Namespace is { } ns ? $" -n {ns}" : "";
        string subject = user.StartsWith(ServiceAccountPrefix, StringComparison.Ordinal)
            ? $"--serviceaccount={user[ServiceAccountPrefix.Length..]}"
            : $"--user={(user.Length == 0 ? "USER" : user)}";
        return $"kubectl create {role} {name}{space} --verb=list,watch --resource={scope.Kind.QualifiedName}"
            + $" && kubectl create {role}binding {name}{space} --{role}={name} {subject}";
    }

    // Only what a shell takes as it is: the line is made to be pasted.
    [GeneratedRegex("""User "(?<name>[A-Za-z0-9:@._/-]{1,253})" cannot""", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 100)]
    private static partial Regex UserName();
}
