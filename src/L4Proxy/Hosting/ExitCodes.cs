namespace L4Proxy.Hosting;

/// <summary>What the process returns.</summary>
internal static class ExitCodes
{
    public const int Ok = 0;

    /// <summary>The user's input is wrong.</summary>
    public const int BadInput = 1;

    /// <summary>The input is right but it could not be run: port taken, no permission, a defect.</summary>
    public const int CouldNotRun = 2;
}
