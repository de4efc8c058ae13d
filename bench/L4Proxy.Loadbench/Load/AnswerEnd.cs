namespace L4Proxy.Loadbench.Load;

/// <summary>How a client knows that it has a whole answer.</summary>
internal enum AnswerEnd
{
    /// <summary>After a number of bytes.</summary>
    Bytes,

    /// <summary>As HTTP/1.1 says: a head, and a body of Content-Length (RFC 9112, 6.3). Status codes from 400 on are errors.</summary>
    Http,

    /// <summary>After a line feed.</summary>
    Line,

    /// <summary>When the server closes.</summary>
    Close,
}
