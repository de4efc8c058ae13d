using System.Runtime.InteropServices;

namespace L4Proxy.DataPlane.Engines.Linux;

/// <summary>
/// Memory of one event loop for bytes that a destination did not take at once: blocks of one size, outside the
/// managed heap so that nothing has to be pinned. Taken while bytes are pending, given back after.
/// </summary>
internal sealed unsafe class BlockPool(int blockSize) : IDisposable
{
    /// <summary>Bytes kept when nobody uses them; what a burst took beyond that goes back to the system.</summary>
    private const int MaxIdleBytes = 2 * 1024 * 1024;

    private readonly Stack<nint> _idle = new();

    /// <summary>Bytes of a block.</summary>
    public int BlockSize => blockSize;

    public byte* Take() => _idle.TryPop(out nint block) ? (byte*)block : (byte*)NativeMemory.Alloc((nuint)blockSize);

    public void Return(byte* block)
    {
        if ((long)_idle.Count * blockSize < MaxIdleBytes)
        {
            _idle.Push((nint)block);
        }
        else
        {
            NativeMemory.Free(block);
        }
    }

    public void Dispose()
    {
        while (_idle.TryPop(out nint block))
        {
            NativeMemory.Free((void*)block);
        }
    }
}
