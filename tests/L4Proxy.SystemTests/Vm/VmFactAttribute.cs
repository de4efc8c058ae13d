using System.Runtime.CompilerServices;
using Xunit;
using Xunit.v3;

namespace L4Proxy.SystemTests.Vm;

/// <summary>
/// A test that needs a kernel with IPVS and dummy devices, and changes the whole machine: it exists only in the virtual
/// machine that <see cref="VmTests"/> starts.
/// </summary>
[XunitTestCaseDiscoverer(typeof(VmFactDiscoverer))]
[AttributeUsage(AttributeTargets.Method)]
public sealed class VmFactAttribute : FactAttribute, ITraitAttribute
{
    public VmFactAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
        : base(sourceFilePath, sourceLineNumber)
    {
    }

    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => VmTests.Traits;
}
