using System.Numerics;

namespace L4Proxy.DataPlane.Engines.Linux;

/// <summary>
/// Hierarchical timing wheel (Varghese and Lauck, SOSP 1987) with a tick of one millisecond: five levels of
/// 64 buckets reach 12 days. Arming and disarming are O(1) and allocate nothing; a bitmap of each level gives the
/// next tick at which anything happens, so empty time is skipped. Used by one thread.
/// </summary>
internal sealed class TimerWheel
{
    public const int Unarmed = -1;

    private const int Levels = 5;
    private const int BitsPerLevel = 6;
    private const int BucketsPerLevel = 1 << BitsPerLevel;
    private const int BucketMask = BucketsPerLevel - 1;

    /// <summary>The furthest that a timer can lie ahead; later ones are due then, and re-arm.</summary>
    private const long Reach = (1L << (Levels * BitsPerLevel)) - 1;

    private readonly TimerNode?[] _buckets = new TimerNode?[Levels * BucketsPerLevel];
    private readonly ulong[] _occupied = new ulong[Levels];
    private long _currentMs;

    public TimerWheel(long nowMs)
    {
        _currentMs = nowMs;
    }

    /// <summary>Timers that are armed.</summary>
    public int Count { get; private set; }

    /// <summary>Arms a timer, or moves it. A time that has passed is due at the next tick.</summary>
    public void Arm(TimerNode node, long dueMs)
    {
        Disarm(node);
        node.DueMs = Math.Clamp(dueMs, _currentMs + 1, _currentMs + Reach);
        Insert(node);
        Count++;
    }

    public void Disarm(TimerNode node)
    {
        if (node.Bucket == Unarmed)
        {
            return;
        }

        Unlink(node);
        Count--;
    }

    /// <summary>Milliseconds until something may be due, for epoll_wait(2): -1 when nothing is armed.</summary>
    public int WaitMs(long nowMs)
    {
        long next = NextTick();
        return next == long.MaxValue ? -1 : (int)Math.Clamp(next - nowMs, 0, int.MaxValue);
    }

    /// <summary>Moves time forward and expires what is due, in order of time to the tick.</summary>
    public void Advance(long nowMs)
    {
        for (long tick = NextTick(); tick <= nowMs; tick = NextTick())
        {
            _currentMs = tick;
            Cascade();
            ExpireBucket((int)(tick & BucketMask));
        }

        _currentMs = Math.Max(_currentMs, nowMs);
    }

    /// <summary>The next tick at which a timer is due or has to move down a level.</summary>
    private long NextTick()
    {
        long next = long.MaxValue;
        for (int level = 0; level < Levels; level++)
        {
            if (_occupied[level] != 0)
            {
                int shift = level * BitsPerLevel;
                long position = _currentMs >> shift;
                int ahead = BitOperations.TrailingZeroCount(
                    BitOperations.RotateRight(_occupied[level], (int)((position + 1) & BucketMask))) + 1;
                next = Math.Min(next, (position + ahead) << shift);
            }
        }

        return next;
    }

    private void Cascade()
    {
        for (int level = 1; level < Levels; level++)
        {
            int shift = level * BitsPerLevel;
            if ((_currentMs & ((1L << shift) - 1)) != 0)
            {
                return;
            }

            int bucket = (level * BucketsPerLevel) + (int)((_currentMs >> shift) & BucketMask);
            while (_buckets[bucket] is { } node)
            {
                Unlink(node);
                Insert(node);
            }
        }
    }

    private void ExpireBucket(int bucket)
    {
        // Whatever is armed meanwhile lies at least one tick ahead, so never in this bucket.
        while (_buckets[bucket] is { } node)
        {
            Unlink(node);
            Count--;
            node.Expire(_currentMs);
        }
    }

    private void Insert(TimerNode node)
    {
        long ahead = node.DueMs - _currentMs;
        int level = ahead < BucketsPerLevel ? 0 : (63 - BitOperations.LeadingZeroCount((ulong)ahead)) / BitsPerLevel;
        int bucket = (level * BucketsPerLevel) + (int)((node.DueMs >> (level * BitsPerLevel)) & BucketMask);
        node.Bucket = bucket;
        node.Previous = null;
        node.Next = _buckets[bucket];
        if (node.Next is not null)
        {
            node.Next.Previous = node;
        }

        _buckets[bucket] = node;
        _occupied[level] |= 1UL << (bucket & BucketMask);
    }

    private void Unlink(TimerNode node)
    {
        if (node.Next is not null)
        {
            node.Next.Previous = node.Previous;
        }

        if (node.Previous is not null)
        {
            node.Previous.Next = node.Next;
        }
        else
        {
            _buckets[node.Bucket] = node.Next;
            if (node.Next is null)
            {
                _occupied[node.Bucket >> BitsPerLevel] &= ~(1UL << (node.Bucket & BucketMask));
            }
        }

        node.Next = null;
        node.Previous = null;
        node.Bucket = Unarmed;
    }
}
