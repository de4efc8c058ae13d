using System.Runtime.CompilerServices;
using Xunit;
using Xunit.v3;

namespace L4Proxy.SystemTests.Vm;

/// <summary>
/// A theory that needs a kernel with IPVS and dummy devices, and changes the whole machine: it exists only in the virtual
/// machine that <see cref="VmTests"/> starts.
/// </summary>
[XunitTestCaseDiscoverer(typeof(VmTheoryDiscoverer))]
[AttributeUsage(AttributeTargets.Method)]
public sealed class VmTheoryAttribute : TheoryAttribute, ITraitAttribute
{
    public VmTheoryAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
        : base(sourceFilePath, sourceLineNumber)
    {
    }

    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => VmTests.Traits;
}
