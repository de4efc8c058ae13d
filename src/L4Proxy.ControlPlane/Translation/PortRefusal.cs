using System.Net;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>An address of a wish that is not granted.</summary>
/// <param name="Wish">The wish.</param>
/// <param name="Claim">The address: that of its listener, or one whose clients are led there.</param>
/// <param name="Holder">The Service port that has the address, or one that overlaps with it.</param>
internal readonly record struct PortRefusal(FrontendWish Wish, AddressClaim Claim, ServicePortKey Holder)
{
    /// <summary>The frontend without the address; null when nothing is left of it.</summary>
    public FrontendEntry? Reduce(FrontendEntry frontend)
    {
        if (frontend.StandsFor.IsEmpty || Claim.IsBound)
        {
            return null;
        }

        IPEndPoint refused = Claim.Address;
        FrontendEntry reduced = frontend with { StandsFor = frontend.StandsFor.Remove(refused) };
        return reduced.StandsFor.IsEmpty ? null : reduced;
    }
}
