using Xunit;

namespace L4Proxy.Tests.Conformance;

/// <summary>Tests that look at the whole process (descriptors, memory, thread pool) and so run one at a time, after all others.</summary>
[CollectionDefinition(DisableParallelization = true)]
public sealed class AloneCollection;
