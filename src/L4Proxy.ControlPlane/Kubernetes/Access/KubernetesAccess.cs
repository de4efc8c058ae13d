using System.Collections;
using L4Proxy.ControlPlane.Translation;

namespace L4Proxy.ControlPlane.Kubernetes.Access;

/// <summary>
/// Finds the way to the API server: the kubeconfig that was given, else the list in KUBECONFIG, else the service
/// account of the Pod that we run in, else, where that is wanted, <c>~/.kube/config</c>.
/// </summary>
public static class KubernetesAccess
{
    /// <summary>Never throws for what is in files or variables; all that is wrong is in the result.</summary>
    /// <param name="options">What the user asked for.</param>
    /// <param name="environment">Variables by name.</param>
    public static AccessResult Load(AccessOptions options, IDictionary environment)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(environment);
        if (!string.IsNullOrEmpty(options.Kubeconfig))
        {
            return FromFiles(options.Kubeconfig, "kubeconfig", options, environment);
        }

        if (environment["KUBECONFIG"] is string { Length: > 0 } list)
        {
            return FromFiles(list, "from the variable KUBECONFIG", options, environment);
        }

        return InClusterAccess.Load(options, environment)
            ?? FromHome(options, environment)
            ?? Failed(InClusterAccess.WhyNot(options, environment));
    }

    private static AccessResult FromFiles(string list, string origin, AccessOptions options, IDictionary environment)
    {
        List<Problem> problems = [];
        Kubeconfig config = KubeconfigFiles.Read(KubeconfigFiles.Split(list), origin, problems);
        if (problems.Count > 0)
        {
            return new AccessResult { Problems = [.. problems] };
        }

        return new ContextReader(config, Shown.Message(list), environment).Read(options.Context);
    }

    private static AccessResult? FromHome(AccessOptions options, IDictionary environment)
    {
        string variable = OperatingSystem.IsWindows() ? "USERPROFILE" : "HOME";
        return options.HomeIsLastResort
            && environment[variable] is string { Length: > 0 } home
            && Path.Combine(home, ".kube", "config") is string file
            && File.Exists(file)
                ? FromFiles(file, "kubeconfig", options, environment)
                : null;
    }

    private static AccessResult Failed(string message) =>
        new() { Problems = [new Problem { Severity = ProblemSeverity.Error, Message = message }] };
}
