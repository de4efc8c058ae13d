namespace L4Proxy.DataPlane.Engines.Linux;

/// <summary>Wakes a loop that has paused accepting, so that it tries again.</summary>
internal sealed class PauseTimer(EventLoop loop) : TimerNode
{
    internal override void Expire(long nowMs) => loop.ResumeAccepting();
}
