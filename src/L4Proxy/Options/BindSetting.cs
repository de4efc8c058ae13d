using System.Net;

namespace L4Proxy.Options;

/// <summary>Where an HTTP endpoint of the node listens.</summary>
/// <param name="IsAuto">At its usual place where Services of a cluster are served, else nowhere.</param>
/// <param name="Address">Where, when it is not automatic; null for nowhere.</param>
internal readonly record struct BindSetting(bool IsAuto, IPEndPoint? Address)
{
    public static BindSetting Auto => new(true, null);

    /// <summary>The address in a run; null for nowhere.</summary>
    /// <param name="usual">The usual place; null where there is none.</param>
    public IPEndPoint? Resolve(IPEndPoint? usual) => IsAuto ? usual : Address;
}
