namespace L4Proxy.ControlPlane.Kubernetes;

/// <summary>A way to one API server.</summary>
public interface IApiConnection
{
    /// <summary>Sends a GET and returns when the headers of the answer are here; its body is read by the caller.</summary>
    /// <param name="pathAndQuery">Such as <c>/api/v1/services?limit=500</c>.</param>
    /// <param name="headersWithin">Longest wait for the headers.</param>
    /// <param name="cancellation">Ends the wait for the headers.</param>
    /// <exception cref="Access.ApiUnreachableException">There was no answer.</exception>
    Task<HttpResponseMessage> GetAsync(string pathAndQuery, TimeSpan headersWithin, CancellationToken cancellation);
}
