using Microsoft.Extensions.Logging;

namespace L4Proxy.ControlPlane.Kubernetes.Watching;

/// <summary>
/// Logs trouble with the API server once when it begins and once when it is over, however many requests for however
/// many resources fail in between. Called from several threads. Event ids 2620 to 2629.
/// </summary>
/// <param name="logger">Where to.</param>
/// <param name="time">Clock of how long it took.</param>
internal sealed partial class TroubleLog(ILogger logger, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Trouble> _open = new(StringComparer.Ordinal);

    /// <summary>A request failed.</summary>
    public void Failed(ResourceScope scope, ApiFailureException failure)
    {
        lock (_gate)
        {
            string topic = TopicOf(scope, failure.Kind);
            if (!_open.TryGetValue(topic, out Trouble? trouble))
            {
                trouble = new Trouble(time.GetTimestamp(), failure.Kind);
                _open.Add(topic, trouble);
                LogTrouble(logger, failure.Message);
            }

            trouble.Scopes.Add(scope);
        }
    }

    /// <summary>A request was answered as it should be.</summary>
    /// <param name="scope">What was asked for.</param>
    /// <param name="body">Whether something of the answer's body was read, too.</param>
    public void Succeeded(ResourceScope scope, bool body)
    {
        lock (_gate)
        {
            foreach ((string topic, Trouble trouble) in _open)
            {
                if ((body || trouble.Kind != FailureKind.BrokenAnswer) && trouble.Scopes.Remove(scope) && trouble.Scopes.Count == 0)
                {
                    _open.Remove(topic);
                    LogRecovery(logger, RecoveryOf(trouble.Kind, scope), time.GetElapsedTime(trouble.Since).TotalSeconds);
                }
            }
        }
    }

    [LoggerMessage(2620, LogLevel.Warning, "{Message}; trying on, what is known stays in force")]
    private static partial void LogTrouble(ILogger logger, string message);

    [LoggerMessage(2621, LogLevel.Information, "{Recovery} after {Seconds:0.#} s")]
    private static partial void LogRecovery(ILogger logger, string recovery, double seconds);

    /// <summary>What concerns the server as a whole is one trouble for all resources.</summary>
    private static string TopicOf(ResourceScope scope, FailureKind kind) =>
        kind is FailureKind.Unreachable or FailureKind.Unauthorized or FailureKind.Busy ? $"{kind}" : $"{kind} {scope}";

    private static string RecoveryOf(FailureKind kind, ResourceScope scope) => kind switch
    {
        FailureKind.Unreachable => "the API server is reachable again",
        FailureKind.Unauthorized => "the API server accepts the credentials again",
        FailureKind.Busy => "the API server answers again",
        _ => $"{scope} can be read again",
    };

    private sealed class Trouble(long since, FailureKind kind)
    {
        public long Since => since;

        public FailureKind Kind => kind;

        public HashSet<ResourceScope> Scopes { get; } = [];
    }
}
