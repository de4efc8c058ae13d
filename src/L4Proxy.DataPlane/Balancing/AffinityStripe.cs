using System.Diagnostics;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane.Balancing;

/// <summary>
/// One lock's share of an <see cref="AffinityTable"/>: a chained hash table in arrays, whose slots also form a list
/// in the order of last use. Grows by doubling up to its capacity; one that was never used holds no array.
/// </summary>
internal sealed class AffinityStripe(int capacity)
{
    private const int None = -1;

    /// <summary>Slots of a stripe at its first pin.</summary>
    private const int FirstSize = 4;

    private readonly Lock _lock = new();
    private int[] _buckets = [];
    private Slot[] _slots = [];
    private int _used;
    private int _free = None;
    private int _newest = None;
    private int _oldest = None;
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public EndpointState? Find(UInt128 client, int hash, long nowMs, long timeoutMs)
    {
        lock (_lock)
        {
            int slot = FindSlot(client, hash);
            if (slot == None)
            {
                return null;
            }

            if (IsExpired(slot, nowMs, timeoutMs))
            {
                Remove(slot);
                return null;
            }

            Touch(slot, nowMs);
            return _slots[slot].Endpoint;
        }
    }

    public EndpointState Pin(UInt128 client, int hash, EndpointState endpoint, EndpointState? replaced, long nowMs, long timeoutMs)
    {
        lock (_lock)
        {
            int slot = FindSlot(client, hash);
            if (slot == None)
            {
                ReclaimExpired(nowMs, timeoutMs);
                Insert(client, hash, endpoint, nowMs);
                return endpoint;
            }

            if (IsExpired(slot, nowMs, timeoutMs) || ReferenceEquals(_slots[slot].Endpoint, replaced))
            {
                _slots[slot].Endpoint = endpoint;
            }

            Touch(slot, nowMs);
            return _slots[slot].Endpoint!;
        }
    }

    public void Set(UInt128 client, int hash, EndpointState endpoint, long nowMs)
    {
        lock (_lock)
        {
            int slot = FindSlot(client, hash);
            if (slot == None)
            {
                Insert(client, hash, endpoint, nowMs);
                return;
            }

            _slots[slot].Endpoint = endpoint;
            Touch(slot, nowMs);
        }
    }

    public void Drop(UInt128 client, int hash, EndpointState endpoint)
    {
        lock (_lock)
        {
            int slot = FindSlot(client, hash);
            if (slot != None && ReferenceEquals(_slots[slot].Endpoint, endpoint))
            {
                Remove(slot);
            }
        }
    }

    public void CopyTo(List<AffinityPin> pins)
    {
        lock (_lock)
        {
            for (int slot = _oldest; slot != None; slot = _slots[slot].Newer)
            {
                ref Slot s = ref _slots[slot];
                pins.Add(new AffinityPin(s.Client, s.Endpoint!, s.LastUsedMs));
            }
        }
    }

    private int FindSlot(UInt128 client, int hash)
    {
        if (_buckets.Length == 0)
        {
            return None;
        }

        int slot = _buckets[BucketOf(hash)] - 1;
        while (slot != None && _slots[slot].Client != client)
        {
            slot = _slots[slot].Next;
        }

        return slot;
    }

    // The low bits have chosen the stripe.
    private int BucketOf(int hash) => (int)(((uint)hash >> 4) & (uint)(_buckets.Length - 1));

    private bool IsExpired(int slot, long nowMs, long timeoutMs) => nowMs - _slots[slot].LastUsedMs >= timeoutMs;

    private void ReclaimExpired(long nowMs, long timeoutMs)
    {
        // Two for each new pin: faster than they come in, and bounded.
        for (int i = 0; i < 2 && _oldest != None && IsExpired(_oldest, nowMs, timeoutMs); i++)
        {
            Remove(_oldest);
        }
    }

    private void Insert(UInt128 client, int hash, EndpointState endpoint, long nowMs)
    {
        int slot = TakeSlot();
        ref Slot s = ref _slots[slot];
        ref int bucket = ref _buckets[BucketOf(hash)];
        s = new Slot { Client = client, Hash = hash, Endpoint = endpoint, LastUsedMs = nowMs, Next = bucket - 1 };
        bucket = slot + 1;
        LinkNewest(slot);
        _count++;
    }

    private int TakeSlot()
    {
        if (_count == capacity)
        {
            Remove(_oldest);
        }

        if (_free != None)
        {
            int slot = _free;
            _free = _slots[slot].Next;
            return slot;
        }

        if (_used == _slots.Length)
        {
            Grow();
        }

        return _used++;
    }

    private void Grow()
    {
        int size = Math.Min(capacity, Math.Max(FirstSize, _slots.Length * 2));
        Array.Resize(ref _slots, size);
        _buckets = new int[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)size)];
        for (int slot = 0; slot < _used; slot++)
        {
            // Growing happens when no slot is free, so all of them are in use.
            Debug.Assert(_slots[slot].Endpoint is not null, "a free slot is taken before the stripe grows");
            ref int bucket = ref _buckets[BucketOf(_slots[slot].Hash)];
            _slots[slot].Next = bucket - 1;
            bucket = slot + 1;
        }
    }

    private void Remove(int slot)
    {
        ref Slot s = ref _slots[slot];
        ref int bucket = ref _buckets[BucketOf(s.Hash)];
        if (bucket - 1 == slot)
        {
            bucket = s.Next + 1;
        }
        else
        {
            int before = bucket - 1;
            while (_slots[before].Next != slot)
            {
                before = _slots[before].Next;
            }

            _slots[before].Next = s.Next;
        }

        Unlink(slot);
        s.Endpoint = null;
        s.Next = _free;
        _free = slot;
        _count--;
    }

    private void Touch(int slot, long nowMs)
    {
        _slots[slot].LastUsedMs = nowMs;
        if (slot != _newest)
        {
            Unlink(slot);
            LinkNewest(slot);
        }
    }

    private void LinkNewest(int slot)
    {
        _slots[slot].Newer = None;
        _slots[slot].Older = _newest;
        if (_newest == None)
        {
            _oldest = slot;
        }
        else
        {
            _slots[_newest].Newer = slot;
        }

        _newest = slot;
    }

    private void Unlink(int slot)
    {
        ref Slot s = ref _slots[slot];
        if (s.Newer == None)
        {
            _newest = s.Older;
        }
        else
        {
            _slots[s.Newer].Older = s.Older;
        }

        if (s.Older == None)
        {
            _oldest = s.Newer;
        }
        else
        {
            _slots[s.Older].Newer = s.Newer;
        }
    }

    private struct Slot
    {
        public UInt128 Client;
        public EndpointState? Endpoint;
        public long LastUsedMs;
        public int Hash;

        /// <summary>The next slot in the same bucket, or of the free list.</summary>
        public int Next;
        public int Newer;
        public int Older;
    }
}
