using Xunit;

namespace L4Proxy.SystemTests;

/// <summary>Tests that look at the whole process or load the whole machine, and so run one at a time, after all others.</summary>
[CollectionDefinition(DisableParallelization = true)]
public sealed class AloneCollection;
