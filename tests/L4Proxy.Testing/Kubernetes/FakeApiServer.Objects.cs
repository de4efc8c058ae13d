using System.Text.Json.Nodes;

namespace L4Proxy.Testing.Kubernetes;

/// <summary>The objects.</summary>
public sealed partial class FakeApiServer
{
    /// <summary>The version of the last change.</summary>
    public long ResourceVersion => _store.Version;

    /// <summary>Creates or replaces all objects in the text: YAML documents, JSON, lists.</summary>
    /// <returns>The resourceVersion after it.</returns>
    public long Apply(string yamlOrJson)
    {
        foreach (JsonObject o in JsonText.ReadObjects(yamlOrJson))
        {
            _store.Apply(o);
        }

        return _store.Version;
    }

    /// <summary>Creates or replaces objects that have kind and apiVersion. They are taken over, not copied.</summary>
    /// <returns>The resourceVersion after it.</returns>
    public long Apply(IEnumerable<JsonObject> objects)
    {
        foreach (JsonObject o in objects)
        {
            _store.Apply(o);
        }

        return _store.Version;
    }

    /// <summary>Creates or replaces one object that has kind and apiVersion. It is taken over, not copied.</summary>
    /// <returns>The resourceVersion after it.</returns>
    public long Apply(JsonObject o) => _store.Apply(o).Version;

    /// <summary>Changes one object in place.</summary>
    /// <returns>The resourceVersion after it.</returns>
    public long Update(string resource, string? ns, string name, Action<JsonObject> change) =>
        _store.Update(
            KubeResource.Named(resource),
            ns,
            name,
            json =>
            {
                change(json);
                return json;
            }).Version;

    /// <summary>Deletes one object.</summary>
    /// <returns>The resourceVersion after it.</returns>
    public long Delete(string resource, string? ns, string name)
    {
        _store.Delete(KubeResource.Named(resource), ns, name);
        return _store.Version;
    }

    /// <summary>A copy of one object; null if there is none.</summary>
    public JsonObject? Get(string resource, string? ns, string name) => _store.Find(KubeResource.Named(resource), ns, name)?.ToJson();

    /// <summary>Copies of all objects of a resource.</summary>
    public IReadOnlyList<JsonObject> GetAll(string resource) =>
        [.. _store.ReadState(KubeResource.Named(resource)).Objects.Values.Select(o => o.ToJson())];

    /// <summary>Forgets all versions before the present one: lists and watches from there get 410. Running watches go on.</summary>
    public void Compact() => _store.Compact();

    /// <summary>What <see cref="Restore"/> goes back to.</summary>
    public StoreBackup Backup() => _store.Backup();

    /// <summary>Goes back to a backup, resourceVersions included. Between <see cref="KillAsync"/> and <see cref="ListenAsync"/>.</summary>
    public void Restore(StoreBackup backup) => _store.Restore(backup);
}
