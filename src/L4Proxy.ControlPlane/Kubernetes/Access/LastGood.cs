using System.Security.Cryptography;
using L4Proxy.ControlPlane.Manifests;
using L4Proxy.ControlPlane.Translation;
using Microsoft.Extensions.Logging;

namespace L4Proxy.ControlPlane.Kubernetes.Access;

/// <summary>
/// A value made of files that are replaced while we run. They are read on every use: requests are few, and so no
/// change is ever missed or late. While a file is gone or half written, the last good value stays.
/// </summary>
/// <param name="what">What messages call it, such as <c>client certificate</c>.</param>
/// <param name="sources">Where it comes from.</param>
/// <param name="make">Makes the value; throws <see cref="InvalidDataException"/> or <see cref="CryptographicException"/>.</param>
/// <param name="logger">Takes a warning each time that the value can no longer be renewed.</param>
internal sealed class LastGood<T>(string what, PemSource[] sources, Func<byte[][], T> make, ILogger logger)
    where T : class
{
    private readonly Lock _gate = new();
    private byte[][] _content = [];
    private T? _value;
    private string? _trouble;

    /// <summary>The value of now; the same instance as long as nothing has changed.</summary>
    /// <exception cref="ApiUnreachableException">It could not be read, now or ever before.</exception>
    public T Get()
    {
        lock (_gate)
        {
            try
            {
                Renew();
                _trouble = null;
            }
            catch (Exception e) when (IsTrouble(e))
            {
                string trouble = $"{what} {string.Join(" and ", sources.Select(s => s.ToString()))}: {Describe(e)}";
                if (_value is null)
                {
                    throw new ApiUnreachableException(trouble, e);
                }

                if (_trouble != trouble)
                {
                    AccessLog.NotRenewed(logger, trouble);
                    _trouble = trouble;
                }
            }

            return _value!;
        }
    }

    /// <summary>What is wrong with such a value as it is now; null when nothing is.</summary>
    public static string? Check(PemSource[] sources, Func<byte[][], T> make)
    {
        try
        {
            make([.. sources.Select(s => s.Read())]);
            return null;
        }
        catch (Exception e) when (IsTrouble(e))
        {
            return Describe(e);
        }
    }

    private void Renew()
    {
        byte[][] content = [.. sources.Select(s => s.Read())];
        if (_value is not null && content.Zip(_content).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second)))
        {
            return;
        }

        _value = make(content);
        _content = content;
    }

    private static bool IsTrouble(Exception e) =>
        e is IOException or UnauthorizedAccessException or InvalidDataException or CryptographicException or ArgumentException or NotSupportedException;

    private static string Describe(Exception e) => e switch
    {
        InvalidDataException => e.Message,
        CryptographicException => $"is not usable: {Shown.Message(e.Message)}",
        _ => $"cannot be read: {Shown.Message(FileErrors.Describe(e))}",
    };
}
