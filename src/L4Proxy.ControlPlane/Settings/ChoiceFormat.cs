using System.Collections.Immutable;

namespace L4Proxy.ControlPlane.Settings;

/// <summary>One of a few words, upper and lower case alike.</summary>
public sealed class ChoiceFormat<T> : ValueFormat<T>
    where T : struct
{
    /// <summary>A choice.</summary>
    /// <param name="choices">Each word with what it stands for; every value of <typeparamref name="T"/> that is in use has its word.</param>
    public ChoiceFormat(params ImmutableArray<(string Word, T Value)> choices)
    {
        Choices = choices;
        Allowed = $"one of {string.Join(", ", choices.Select(c => c.Word))}";
    }

    public ImmutableArray<(string Word, T Value)> Choices { get; }

    public override string Allowed { get; }

    public override bool TryParse(string text, out T value)
    {
        foreach ((string word, T choice) in Choices)
        {
            if (string.Equals(word, text, StringComparison.OrdinalIgnoreCase))
            {
                value = choice;
                return true;
            }
        }

        value = default;
        return false;
    }

    public override string Format(T value)
    {
        foreach ((string word, T choice) in Choices)
        {
            if (EqualityComparer<T>.Default.Equals(choice, value))
            {
                return word;
            }
        }

        throw new ArgumentOutOfRangeException(nameof(value), value, "the value has no word");
    }
}
