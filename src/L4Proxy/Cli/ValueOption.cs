using System.CommandLine;
using System.CommandLine.Parsing;
using L4Proxy.ControlPlane.Settings;

namespace L4Proxy.Cli;

/// <summary>A command-line option that spells and checks its value as the configuration does.</summary>
internal sealed class ValueOption<T> : Option<T>
{
    private readonly ValueFormat<T> _format;
    private readonly T _default;

    /// <summary>An option with one value.</summary>
    /// <param name="name">With its dashes.</param>
    /// <param name="format">How the value is written, and what is allowed.</param>
    /// <param name="value">The value when the option is not given.</param>
    /// <param name="description">One sentence without a full stop; what is allowed and the default are added.</param>
    public ValueOption(string name, ValueFormat<T> format, T value, string description)
        : base(name)
    {
        _format = format;

        // Not the library's default value: it would be shown as .NET writes it, not as a user does.
        _default = value;
        Description = $"{description}: {format.Allowed} [default: {format.Format(value)}]";
        HelpName = format is DurationFormat ? "DURATION" : name.TrimStart('-').ToUpperInvariant();
        CustomParser = Parse;
    }

    /// <summary>The value given, or the default.</summary>
    public T Read(ParseResult result) => result.GetResult(this) is null ? _default : result.GetValue(this)!;

    private T Parse(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (_format.TryParse(text, out T value))
        {
            return value;
        }

        result.AddError($"{Name}: '{text}' is not allowed; allowed is {_format.Allowed}");
        return _default;
    }
}
