namespace L4Proxy.Loadbench.Load;

/// <summary>How far an answer has come.</summary>
internal enum AnswerProgress
{
    /// <summary>More of it is to come.</summary>
    More,

    /// <summary>It is whole.</summary>
    Done,

    /// <summary>It cannot be understood, or goes on after its end; what follows cannot be told apart.</summary>
    Broken,
}
