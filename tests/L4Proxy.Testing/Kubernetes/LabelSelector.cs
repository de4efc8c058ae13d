namespace L4Proxy.Testing.Kubernetes;

/// <summary>Selection by labels: =, ==, !=, in, notin, exists, !exists, gt and lt, joined by commas.</summary>
internal sealed class LabelSelector
{
    public static readonly LabelSelector Everything = new([]);

    private readonly IReadOnlyList<Requirement> _requirements;

    private LabelSelector(IReadOnlyList<Requirement> requirements) => _requirements = requirements;

    private enum Operator
    {
        Exists,
        NotExists,
        In,
        NotIn,
        GreaterThan,
        LessThan,
    }

    public bool IsEmpty => _requirements.Count == 0;

    /// <exception cref="ApiException">Not well-formed.</exception>
    public static LabelSelector Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return Everything;
        }

        Reader reader = new(text);
        List<Requirement> requirements = [reader.ReadRequirement()];
        while (reader.Next() is { Length: > 0 } separator)
        {
            if (separator != ",")
            {
                throw Unexpected(separator, "',' or 'end of string'");
            }

            requirements.Add(reader.ReadRequirement());
        }

        return new LabelSelector(requirements);
    }

    public bool Matches(IReadOnlyDictionary<string, string>? labels)
    {
        foreach (Requirement requirement in _requirements)
        {
            if (!requirement.Matches(labels))
            {
                return false;
            }
        }

        return true;
    }

    private static ApiException Unexpected(string found, string expected) =>
        ApiException.BadRequest($"unable to parse requirement: found '{found}', expected: {expected}");

    private sealed record Requirement(string Key, Operator Operator, IReadOnlyList<string> Values)
    {
        public bool Matches(IReadOnlyDictionary<string, string>? labels)
        {
            string? value = labels?.GetValueOrDefault(Key);
            return Operator switch
            {
                Operator.Exists => value is not null,
                Operator.NotExists => value is null,
                Operator.In => value is not null && Values.Contains(value),
                Operator.NotIn => value is null || !Values.Contains(value),
                Operator.GreaterThan => long.TryParse(value, out long number) && number > long.Parse(Values[0]),
                _ => long.TryParse(value, out long number) && number < long.Parse(Values[0]),
            };
        }
    }

    /// <summary>Cuts the text into words and the signs = == != ! , ( ).</summary>
    private sealed class Reader(string text)
    {
        private const string Signs = "=!,()<>";
        private int _position;

        public Requirement ReadRequirement()
        {
            string key = Next();
            if (key == "!")
            {
                return new(Word(Next()), Operator.NotExists, []);
            }

            Word(key);
            int start = _position;
            string sign = Next();
            switch (sign)
            {
                case "" or ",":
                    _position = start;
                    return new(key, Operator.Exists, []);
                case "=" or "==":
                    return new(key, Operator.In, [ReadValue()]);
                case "!=":
                    return new(key, Operator.NotIn, [ReadValue()]);
                case "in":
                    return new(key, Operator.In, ReadValues());
                case "notin":
                    return new(key, Operator.NotIn, ReadValues());
                case "gt" or ">":
                    return new(key, Operator.GreaterThan, [ReadValue()]);
                case "lt" or "<":
                    return new(key, Operator.LessThan, [ReadValue()]);
                default:
                    throw Unexpected(sign, "in, notin, =, ==, !=, gt, lt");
            }
        }

        /// <summary>The next word or sign, empty at the end.</summary>
        public string Next()
        {
            while (_position < text.Length && char.IsWhiteSpace(text[_position]))
            {
                _position++;
            }

            int start = _position;
            if (start == text.Length)
            {
                return "";
            }

            if (Signs.Contains(text[start]))
            {
                _position++;
                if (text[start] is '=' or '!' && _position < text.Length && text[_position] == '=')
                {
                    _position++;
                }
            }
            else
            {
                while (_position < text.Length && !Signs.Contains(text[_position]) && !char.IsWhiteSpace(text[_position]))
                {
                    _position++;
                }
            }

            return text[start.._position];
        }

        private string ReadValue()
        {
            int start = _position;
            string value = Next();
            if (value is "" or ",")
            {
                _position = start;
                return "";
            }

            return Word(value);
        }

        private List<string> ReadValues()
        {
            string open = Next();
            if (open != "(")
            {
                throw Unexpected(open, "'('");
            }

            List<string> values = [];
            while (true)
            {
                string next = Next();
                if (next is ")" or ",")
                {
                    values.Add("");
                }
                else
                {
                    values.Add(Word(next));
                    next = Next();
                }

                if (next == ")")
                {
                    return values;
                }

                if (next != ",")
                {
                    throw Unexpected(next, "',' or ')'");
                }
            }
        }

        private static string Word(string token) =>
            token.Length > 0 && !Signs.Contains(token[0]) ? token : throw Unexpected(token, "identifier");
    }
}
