using L4Proxy.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace L4Proxy.Tests.Hosting;

public sealed class TextLineFormatterTests
{
    [Fact]
    public void Write_MessageWithControlCharacters_IsOneSafeLine()
    {
        StringWriter writer = new();
        LogEntry<string> entry = new(LogLevel.Warning, "x", default, "a\r\nforged \u001b[31m\u2028b ä", exception: null, (state, _) => state);
        new TextLineFormatter().Write(entry, scopeProvider: null, writer);
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z warn a\\u000d\\u000aforged \\u001b\[31m\\u2028b ä\n$", writer.ToString());
    }
}
