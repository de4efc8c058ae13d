namespace L4Proxy.DataPlane.Engines.Portable;

/// <summary>The live connections of an engine, split so that accepting and closing seldom wait for each other.</summary>
internal sealed class ConnectionSet
{
    /// <summary>Four for each core, as ConcurrentDictionary splits its locks.</summary>
    private readonly Shard[] _shards = new Shard[Environment.ProcessorCount * 4];

    private int _next;

    public ConnectionSet()
    {
        for (int i = 0; i < _shards.Length; i++)
        {
            _shards[i] = new Shard();
        }
    }

    public void Add(PortableConnection connection)
    {
        int number = (int)((uint)Interlocked.Increment(ref _next) % (uint)_shards.Length);
        connection.Place = (number, 0);
        _shards[number].Add(connection);
    }

    public void Remove(PortableConnection connection) => _shards[connection.Place.Shard].Remove(connection);

    /// <summary>Adds all live connections to a list.</summary>
    public void CopyTo(List<PortableConnection> list)
    {
        foreach (Shard shard in _shards)
        {
            shard.CopyTo(list);
        }
    }

    private sealed class Shard
    {
        private readonly Lock _gate = new();
        private readonly List<PortableConnection> _members = [];

        public void Add(PortableConnection connection)
        {
            lock (_gate)
            {
                connection.Place = (connection.Place.Shard, _members.Count);
                _members.Add(connection);
            }
        }

        /// <summary>The last member takes the place of the one that goes.</summary>
        public void Remove(PortableConnection connection)
        {
            lock (_gate)
            {
                PortableConnection last = _members[^1];
                last.Place = connection.Place;
                _members[connection.Place.Index] = last;
                _members.RemoveAt(_members.Count - 1);
            }
        }

        public void CopyTo(List<PortableConnection> list)
        {
            lock (_gate)
            {
                list.AddRange(_members);
            }
        }
    }
}
