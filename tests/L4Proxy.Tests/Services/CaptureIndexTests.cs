using System.Net;
using FsCheck;
using FsCheck.Fluent;
using L4Proxy.DataPlane.Engines;
using L4Proxy.DataPlane.Services;
using L4Proxy.Tests.Balancing;
using Xunit;

namespace L4Proxy.Tests.Services;

public sealed class CaptureIndexTests
{
    private static readonly string[] s_addresses = ["0.0.0.0", "::", "10.96.0.1", "10.96.0.2", "fd96::1", "fd96::2", "127.0.0.1", "::1"];

    private static readonly Gen<IPEndPoint> s_endPoints =
        from address in Gen.Elements(s_addresses)
        from port in Gen.Elements(80, 30080)
        select new IPEndPoint(IPAddress.Parse(address), port);

    /// <summary>Whatever was added and closed before: who has exactly the address, else the wildcard of its family, else nobody.</summary>
    [Fact]
    public void Find_AfterAnyHistory_IsWhatAListOfFrontendsSays()
    {
        Gen<(bool Add, IPEndPoint Address)[]> histories = Gen.ArrayOf(
            from add in Gen.Elements(true, true, false) from address in s_endPoints select (add, address));
        Prop.ForAll(Arb.From(histories), history =>
        {
            CaptureIndex index = new();
            Dictionary<IPEndPoint, (FrontendState State, IEngineListener Listener)> model = [];
            foreach ((bool add, IPEndPoint address) in history)
            {
                if (!add)
                {
                    if (model.Remove(address, out (FrontendState, IEngineListener Listener) gone))
                    {
                        gone.Listener.CloseAsync().AsTask().Wait();
                    }
                }
                else if (model.ContainsKey(address))
                {
                    Assert.Throws<ListenException>(() => index.Add(Frontend(address)));
                }
                else
                {
                    FrontendState state = Frontend(address);
                    model[address] = (state, index.Add(state));
                }
            }

            Assert.Equal(model.Count, index.Count);
            foreach (IPEndPoint asked in from a in s_addresses from p in (int[])[80, 30080, 1] select new IPEndPoint(IPAddress.Parse(a), p))
            {
                IPAddress any = asked.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any;
                FrontendState? expected = model.GetValueOrDefault(asked).State ?? model.GetValueOrDefault(new IPEndPoint(any, asked.Port)).State;
                Assert.Same(expected, index.Find(ClientAddress.From(asked)));
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Find_AllocatesNothing()
    {
        CaptureIndex index = new();
        index.Add(Frontend(new IPEndPoint(IPAddress.Parse("10.96.0.1"), 80)));
        ClientAddress hit = ClientAddress.From(new IPEndPoint(IPAddress.Parse("10.96.0.1"), 80));
        ClientAddress miss = ClientAddress.From(new IPEndPoint(IPAddress.Parse("fd96::1"), 80));
        _ = index.Find(hit) ?? index.Find(miss);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            _ = index.Find(hit);
            _ = index.Find(miss);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static FrontendState Frontend(IPEndPoint address)
    {
        FrontendEntry entry = new(address, FrontendKind.ClusterIP) { Captured = true };
        ServiceEntry service = new() { Key = Sample.Key, Frontends = [entry], Endpoints = [] };
        return new FrontendState(new ServiceState(service, counterSlots: 1), entry, new InsideState());
    }
}
