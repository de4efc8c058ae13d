using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace L4Proxy.Cli;

/// <summary>The usual help, followed by examples of the command it is about.</summary>
internal sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        int code = help.Invoke(parseResult);
        TextWriter output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        foreach (string line in For(parseResult.CommandResult.Command))
        {
            output.WriteLine($"  {line}");
        }

        return code;
    }

    /// <summary>Examples of a command, a line each.</summary>
    public static string[] For(Command command) => command.Name switch
    {
        "run" =>
        [
            "l4proxy run --manifests services/",
            "l4proxy run --kubeconfig ~/.kube/config --service shop/web",
            "l4proxy run --config l4proxy.yaml --engine linux --access-log",
            "l4proxy run --mode nftables --node-name node-a --cluster-cidr 10.244.0.0/16 --service-cidr 10.96.0.0/16",
            "l4proxy run --mode userspace --capture iptables --node-name node-a",
            "L4PROXY__DEFAULTS__IDLETIMEOUT=10m l4proxy run --manifests web.yaml --bind 0.0.0.0",
        ],
        "forward" =>
        [
            "l4proxy forward 8080=127.0.0.1:9001,127.0.0.1:9002",
            "l4proxy forward --balance least-connections 0.0.0.0:5432=db1.example:5432,db2.example:5432",
            "l4proxy forward --affinity client-ip --ready-file /tmp/ready 0=backend:80",
        ],
        "demo" => ["l4proxy demo"],
        "table" =>
        [
            "l4proxy table --manifests services/",
            "l4proxy table --kubeconfig ~/.kube/config --node-name node-a",
            "l4proxy table --config l4proxy.yaml --output json | jq '.services[].frontends'",
        ],
        "check" =>
        [
            "l4proxy check --config l4proxy.yaml",
            "l4proxy check --strict --manifests services/ --manifests extra.yaml",
        ],
        "rules" or "plan" or "diff" =>
        [
            "l4proxy rules plan --mode nftables --manifests services/",
            "l4proxy rules diff --mode iptables --manifests services/ --node-name node-a",
        ],
        "cleanup" => ["l4proxy cleanup"],
        _ =>
        [
            "l4proxy demo",
            "l4proxy forward 8080=127.0.0.1:9001,127.0.0.1:9002",
            "l4proxy run --manifests services/",
        ],
    };
}
