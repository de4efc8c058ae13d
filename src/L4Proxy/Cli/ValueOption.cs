using System.CommandLine;
using L4Proxy.ControlPlane.Settings;

namespace L4Proxy.Cli;

/// <summary>Command-line options that spell and check their values as the configuration does.</summary>
internal static class ValueOption
{
    /// <summary>An option with one value.</summary>
    /// <param name="name">With its dashes.</param>
    /// <param name="format">How the value is written, and what is allowed.</param>
    /// <param name="value">The value when the option is not given.</param>
    /// <param name="description">One sentence without a full stop; what is allowed and the default are added.</param>
    public static Option<T> Create<T>(string name, ValueFormat<T> format, T value, string description) => new(name)
    {
        Description = $"{description}: {format.Allowed} [default: {format.Format(value)}]",
        HelpName = format is ChoiceFormat<bool> or not DurationFormat ? name.TrimStart('-').ToUpperInvariant() : "DURATION",
        DefaultValueFactory = _ => value,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (format.TryParse(text, out T parsed))
            {
                return parsed;
            }

            result.AddError($"{name}: '{text}' is not allowed; write {format.Allowed}");
            return value;
        },
    };
}
