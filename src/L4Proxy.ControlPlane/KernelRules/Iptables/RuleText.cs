using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.KernelRules.Iptables;

/// <summary>
/// Parts of rules in exactly the form in which iptables-save prints them, so that what is there can be compared with what ought to be.
/// </summary>
internal static class RuleText
{
    /// <summary>XT_MAX_COMMENT_LEN of xt_comment.h less the final zero.</summary>
    private const int CommentLimit = 255;

    /// <summary>One of xt_statistic's steps: it compares a random number of 31 bits.</summary>
    private const double ProbabilitySteps = 0x80000000;

    public static string Protocol(ServiceProtocol protocol) => protocol switch
    {
        ServiceProtocol.Udp => "udp",
        ServiceProtocol.Sctp => "sctp",
        _ => "tcp",
    };

    public static string Host(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetworkV6 ? $"{address}/128" : $"{address}/32";

    /// <summary>Clients of a network, with a space after it; empty for those from everywhere.</summary>
    public static string From(IPNetwork network) => network.PrefixLength == 0 ? "" : $"-s {network} ";

    public static string Mark(uint mark) => string.Create(CultureInfo.InvariantCulture, $"0x{mark:x}");

    /// <summary>
    /// A match that does nothing but say something, with a space after it; empty without a text. Whatever the text is, it stays one word for
    /// iptables-restore.
    /// </summary>
    public static string Comment(string text)
    {
        if (text.Length == 0)
        {
            return "";
        }

        StringBuilder clean = new(Math.Min(text.Length, CommentLimit) + 2);
        bool plain = true;
        foreach (char c in text.AsSpan(0, Math.Min(text.Length, CommentLimit)))
        {
            // Backslashes and quotes are read differently by different versions; bytes beyond ASCII would count double.
            char shown = c is >= ' ' and < (char)127 and not ('"' or '\\' or '\'') ? c : '?';
            plain &= char.IsAsciiLetterOrDigit(shown) || shown is '_' or '-';
            clean.Append(shown);
        }

        return plain ? $"-m comment --comment {clean} " : $"-m comment --comment \"{clean}\" ";
    }

    /// <summary>The first of <paramref name="choices"/> with the probability that the cascade is even; the last takes what is left.</summary>
    public static string Choice(int choices)
    {
        if (choices <= 1)
        {
            return "";
        }

        double probability = Math.Round(ProbabilitySteps / choices, MidpointRounding.AwayFromZero) / ProbabilitySteps;
        return string.Create(CultureInfo.InvariantCulture, $"-m statistic --mode random --probability {probability:F11} ");
    }
}
