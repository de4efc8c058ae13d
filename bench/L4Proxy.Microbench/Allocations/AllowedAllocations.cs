using System.Collections.Immutable;
using System.Globalization;

namespace L4Proxy.Microbench.Allocations;

/// <summary>Bytes that each benchmark may allocate for an operation: a file with a line <c>bytes name</c> for each, and comments.</summary>
internal sealed class AllowedAllocations
{
    /// <summary>
    /// What is allocated at all may vary a little, with the number of cores or with what another version of the runtime pools; nothing stays
    /// nothing.
    /// </summary>
    private const double Margin = 1.02;

    private const string Head =
        """
        # Bytes that each benchmark may allocate for one operation; checked by L4Proxy.Microbench --allocations.
        # Written by L4Proxy.Microbench --allocations FILE from a Debug build: a Release build allocates less or, within the margin, the same.

        """;

    private readonly ImmutableSortedDictionary<string, long> _bytes;

    private AllowedAllocations(ImmutableSortedDictionary<string, long> bytes)
    {
        _bytes = bytes;
    }

    /// <summary>The file beside the program.</summary>
    public static string DefaultFile => Path.Combine(AppContext.BaseDirectory, "allocations.txt");

    /// <summary>Allows what was measured.</summary>
    public static AllowedAllocations Of(IEnumerable<MeasuredAllocation> measured) => new(
        measured.ToImmutableSortedDictionary(m => m.Name, m => (long)Math.Ceiling(m.Bytes * Margin), StringComparer.Ordinal));

    /// <exception cref="FormatException">A line is not as it should be.</exception>
    public static AllowedAllocations Read(string file)
    {
        ImmutableSortedDictionary<string, long>.Builder bytes = ImmutableSortedDictionary.CreateBuilder<string, long>(StringComparer.Ordinal);
        foreach (string line in File.ReadLines(file).Where(l => l.Length > 0 && l[0] != '#'))
        {
            if (line.Split(' ', 2) is not [string number, string name]
                || !long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long allowed)
                || !bytes.TryAdd(name, allowed))
            {
                throw new FormatException($"{file}: no line of bytes and a name, or a name that is there already: {line}");
            }
        }

        return new AllowedAllocations(bytes.ToImmutable());
    }

    public void Write(string file) => File.WriteAllText(file, Head + string.Concat(_bytes.Select(b => $"{b.Value} {b.Key}\n")));

    /// <summary>A line for each benchmark that allocates more than it may, that is not in the file, or that is in the file alone.</summary>
    public IEnumerable<string> Compare(IReadOnlyCollection<MeasuredAllocation> measured)
    {
        foreach (MeasuredAllocation allocation in measured)
        {
            if (!_bytes.TryGetValue(allocation.Name, out long allowed))
            {
                yield return $"{allocation.Name}: allocates {allocation.Bytes} bytes, and allocations.txt does not say how many it may";
            }
            else if (allocation.Bytes > allowed)
            {
                yield return $"{allocation.Name}: allocates {allocation.Bytes} bytes, {allowed} are allowed";
            }
        }

        foreach (string name in _bytes.Keys.Except(measured.Select(m => m.Name), StringComparer.Ordinal))
        {
            yield return $"{name}: is in allocations.txt, but there is no such benchmark";
        }
    }
}
