namespace L4Proxy.ControlPlane.KernelRules.Iptables;

/// <summary>Tables in the order in which they are written: what refuses before what leads on.</summary>
internal enum IptablesTable
{
    Filter,
    Nat,
    Mangle,
}
