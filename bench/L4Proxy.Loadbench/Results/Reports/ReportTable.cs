using System.Collections.Immutable;

namespace L4Proxy.Loadbench.Results.Reports;

/// <summary>A table of any report.</summary>
/// <param name="Head">Empty texts where columns need no name.</param>
/// <param name="Rows">As many cells as the head has.</param>
/// <param name="Words">How many columns from the left have words, the others figures.</param>
internal sealed record ReportTable(ImmutableArray<string> Head, ImmutableArray<ImmutableArray<string>> Rows, int Words = 1);
