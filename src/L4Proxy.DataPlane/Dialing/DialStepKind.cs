namespace L4Proxy.DataPlane.Dialing;

/// <summary>What the engine is to do next for a client that waits for an endpoint.</summary>
internal enum DialStepKind : byte
{
    /// <summary>Start connecting to <see cref="DialStep.Endpoint"/> in <see cref="DialStep.Slot"/>.</summary>
    Start,

    /// <summary>Close the socket in <see cref="DialStep.Slot"/>: its time is over. Already accounted for.</summary>
    Abandon,

    /// <summary>Do nothing until an attempt ends or <see cref="DialStep.UntilMs"/> is reached.</summary>
    Wait,

    /// <summary>Reset the client: nothing is left to try. <see cref="DialStep.Reason"/> says why.</summary>
    Fail,
}
