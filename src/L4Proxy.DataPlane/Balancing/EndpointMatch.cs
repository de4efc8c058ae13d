using System.Net;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane.Balancing;

/// <summary>Finds the states of an entry's endpoints again by their addresses.</summary>
internal static class EndpointMatch
{
    /// <summary>The state of each listed endpoint, in the entry's order; those that are listed no more are shut out.</summary>
    /// <param name="entry">What is to be in force.</param>
    /// <param name="before">What was known so far.</param>
    /// <param name="known">What is to be known from now on: all listed, and others that carry connections.</param>
    /// <param name="departed">Those that were listed and are not any more.</param>
    public static EndpointState[] Find(
        ServiceEntry entry, EndpointState[] before, out EndpointState[] known, out IReadOnlyList<EndpointState> departed)
    {
        EndpointState[] states = new EndpointState[entry.Endpoints.Length];
        departed = [];

        // The order of a source is stable, so most changes leave a common beginning.
        int same = 0;
        while (same < states.Length && same < before.Length && before[same].Address.Equals(entry.Endpoints[same].Address))
        {
            states[same] = before[same];
            same++;
        }

        List<EndpointState> kept = [];
        if (same < before.Length)
        {
            Dictionary<IPEndPoint, EndpointState> remembered = Remember(before, same);
            FindRest(entry, states, same, remembered);
            departed = ShutOut(remembered.Values, kept);
        }
        else
        {
            FindRest(entry, states, same, remembered: null);
        }

        for (int i = 0; i < states.Length; i++)
        {
            states[i].Listed = true;
            states[i].OnThisNode = entry.Endpoints[i].OnThisNode;
        }

        known = kept.Count == 0 ? states : [.. states, .. kept];
        return states;
    }

    private static Dictionary<IPEndPoint, EndpointState> Remember(EndpointState[] before, int from)
    {
        Dictionary<IPEndPoint, EndpointState> remembered = new(before.Length - from);
        for (int i = from; i < before.Length; i++)
        {
            remembered[before[i].Address] = before[i];
        }

        return remembered;
    }

    private static void FindRest(ServiceEntry entry, EndpointState[] states, int from, Dictionary<IPEndPoint, EndpointState>? remembered)
    {
        for (int i = from; i < states.Length; i++)
        {
            IPEndPoint address = entry.Endpoints[i].Address;
            states[i] = remembered is not null && remembered.Remove(address, out EndpointState? state) ? state : new EndpointState(address);
        }
    }

    /// <summary>Lets nothing new go to those; returns the ones that were listed, and adds those that are to stay known.</summary>
    private static List<EndpointState> ShutOut(IEnumerable<EndpointState> gone, List<EndpointState> kept)
    {
        List<EndpointState> departed = [];
        foreach (EndpointState state in gone)
        {
            state.Scopes = EndpointScopes.None;
            if (state.Listed)
            {
                state.Listed = false;
                departed.Add(state);
            }

            if (state.Active > 0)
            {
                kept.Add(state);
            }
        }

        return departed;
    }
}
