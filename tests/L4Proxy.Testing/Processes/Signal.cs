namespace L4Proxy.Testing.Processes;

/// <summary>Signals by their numbers on Linux, signal(7).</summary>
public enum Signal
{
    Hangup = 1,
    Interrupt = 2,
    Kill = 9,
    Terminate = 15,
    Continue = 18,
    Stop = 19,
}
