using L4Proxy.DataPlane.Services;

namespace L4Proxy.Cli.Table;

/// <summary>One listening address in the table's JSON.</summary>
internal sealed record TableFrontend(string Address, int Port, string Kind)
{
    public static TableFrontend From(FrontendEntry entry) =>
        new(entry.Address.Address.ToString(), entry.Address.Port, TableWords.FrontendKinds.Format(entry.Kind));
}
