using L4Proxy.ControlPlane.Manifests;

namespace L4Proxy.ControlPlane.Kubernetes.Access;

/// <summary>Reads the exec plugin of a user.</summary>
internal sealed class ExecReader(Field exec, KubeconfigEntry entry, Func<byte[]> clusterInfo)
{
    private const string V1 = "client.authentication.k8s.io/v1";
    private const string V1Beta1 = "client.authentication.k8s.io/v1beta1";

    public ExecPlugin Read()
    {
        string apiVersion = Required(exec["apiVersion"], exec["apiVersion"].OneOf(V1, V1Beta1), $"{V1} or {V1Beta1} is needed");
        string command = Required(exec["command"], exec["command"].Text(), "the plugin to run is needed");
        CheckInteraction(apiVersion);
        return new ExecPlugin
        {
            ApiVersion = apiVersion,
            Command = command.Contains('/') ? entry.Resolve(command) : command,
            Arguments = [.. exec["args"].List(item => Argument(item))],
            Environment = [.. exec["env"].Objects(ReadVariable)],
            InstallHint = exec["installHint"].Text(),
            ClusterInfo = exec["provideClusterInfo"].Boolean() is true ? clusterInfo() : null,
        };
    }

    private void CheckInteraction(string apiVersion)
    {
        Field field = exec["interactiveMode"];
        string? mode = field.OneOf("Never", "IfAvailable", "Always");
        if (mode == "Always")
        {
            field.Error("Always is not supported: nobody is there to answer; allowed is Never or IfAvailable");
        }
        else if (mode is null && apiVersion == V1 && !field.IsSet)
        {
            field.Error("missing; Never or IfAvailable is needed");
        }
    }

    private static KeyValuePair<string, string> ReadVariable(Field item)
    {
        Field name = item["name"];
        string key = Required(name, name.Text(), "the name of a variable is needed");
        if (key.Contains('=') || key.Contains('\0'))
        {
            name.Error("must have no '='");
        }

        return new(key, Argument(item["value"]));
    }

    private static string Argument(Field field)
    {
        string text = field.Secret() ?? "";
        if (text.Contains('\0'))
        {
            field.Error("must have no NUL character");
        }

        return text;
    }

    private static string Required(Field field, string? value, string need)
    {
        if (value is null && (!field.IsSet || field.Node is ManifestScalar { Text: "" }))
        {
            field.Error($"missing; {need}");
        }

        return value ?? "";
    }
}
