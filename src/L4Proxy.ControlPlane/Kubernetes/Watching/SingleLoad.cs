using System.Collections.Immutable;
using L4Proxy.ControlPlane.Kubernetes.Json;
using L4Proxy.ControlPlane.Translation;

namespace L4Proxy.ControlPlane.Kubernetes.Watching;

/// <summary>Lists everything once.</summary>
internal static class SingleLoad
{
    public static async Task<SourceSnapshot> RunAsync(
        IApiConnection api,
        KubernetesSourceOptions options,
        IHostAddresses host,
        TimeSpan deadline,
        TimeProvider time,
        CancellationToken cancellation)
    {
        ImmutableArray<ResourceScope> scopes = ScopePlan.Of(options);
        DeltaQueue queue = new(static () => { });
        using CancellationTokenSource late = new(deadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, late.Token);
        try
        {
            await Task.WhenAll(scopes.Select(scope => ListAsync(scope, api, queue, time, either.Token)));
        }
        catch (ApiFailureException e)
        {
            throw new KubernetesSourceException(e.Message, e);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new KubernetesSourceException($"the API server did not answer within {deadline.TotalSeconds:0.#} s", e);
        }

        LiveState state = new(options, scopes, host);
        state.Apply(queue.Drain());
        return state.Build();
    }

    private static async Task ListAsync(
        ResourceScope scope, IApiConnection api, DeltaQueue queue, TimeProvider time, CancellationToken cancellation)
    {
        PagedList list = new(new ApiClient(api, scope, time), new ObjectDecoder(scope.Kind), time);
        List<DecodedObject> objects = [];
        try
        {
            (objects, _) = await list.ReadAsync(cancellation);
        }
        catch (ApiFailureException e) when (e.Kind == FailureKind.Forbidden && scope.IsOptional)
        {
            // As if there were none.
        }

        new ObjectStore(scope, queue).Replace(objects, trustVersions: true);
    }
}
