using System.Net.Sockets;
using System.Security.Authentication;
using L4Proxy.ControlPlane.Translation;

namespace L4Proxy.ControlPlane.Kubernetes.Access;

/// <summary>Says in a few words why there was no answer.</summary>
internal static class ConnectionFailure
{
    private const string NoHttp = "no HTTP answer: the server closed the connection, or speaks something else; it may want a client certificate";

    public static string Describe(Exception error, ClusterAccess access)
    {
        string through = access.Proxy is null ? "" : $" (through proxy {access.Proxy})";
        return Reason(error, access) + through;
    }

    private static string Reason(Exception error, ClusterAccess access)
    {
        if (Find<ServerCertificateException>(error) is { } certificate)
        {
            return $"TLS: {Shown.Message(certificate.Message)}";
        }

        if (Find<SocketException>(error) is { } socket)
        {
            return socket.SocketErrorCode switch
            {
                SocketError.ConnectionRefused => "connection refused",
                SocketError.HostNotFound or SocketError.NoData => $"there is no host {(access.Proxy?.Address ?? access.Server).Host}",
                SocketError.TryAgain => $"the name {(access.Proxy?.Address ?? access.Server).Host} cannot be looked up now",
                SocketError.ConnectionReset or SocketError.NotConnected => "the connection was reset before the answer",
                SocketError.TimedOut => "no answer to the attempt to connect",
                _ => Shown.Message(socket.Message),
            };
        }

        if (Find<AuthenticationException>(error) is { } tls)
        {
            return $"TLS: {Shown.Message((tls.InnerException ?? tls).Message)}";
        }

        if (Find<TimeoutException>(error) is not null)
        {
            return "no answer to the attempt to connect";
        }

        return (error as HttpRequestException)?.HttpRequestError switch
        {
            HttpRequestError.ResponseEnded => "the connection was closed before the answer",

            // TLS 1.3 lets a client finish its handshake before it learns that its certificate is not enough. When HTTP/2 is
            // being set up at that moment, the handler says only that this failed, or finds its own connection disposed of.
            HttpRequestError.InvalidResponse => NoHttp,
            HttpRequestError.Unknown or HttpRequestError.ConnectionError or HttpRequestError.HttpProtocolError when error.InnerException is null => NoHttp,
            _ when Find<ObjectDisposedException>(error) is not null || error.InnerException is IOException { InnerException: not null } => NoHttp,
            _ => Shown.Message((error.InnerException ?? error).Message),
        };
    }

    private static T? Find<T>(Exception? error)
        where T : Exception
    {
        for (; error is not null; error = error.InnerException)
        {
            if (error is T found)
            {
                return found;
            }
        }

        return null;
    }
}
