using System.Text;
using L4Proxy.ControlPlane;

namespace L4Proxy.Options;

/// <summary>Reads a configuration file, of our own schema or of kube-proxy's, into values and problems.</summary>
internal static class ConfigurationFile
{
    // The documented example has 8 KB; a file far beyond it was given by mistake.
    private const int LargestFile = 1024 * 1024;

    /// <summary>Reads a file; what keeps it from being read is a problem, never an exception.</summary>
    public static ConfigurationInput Read(string file)
    {
        try
        {
            using FileStream stream = File.OpenRead(file);

            // A pipe or a device does not tell its length.
            byte[] content = new byte[LargestFile + 1];
            int length = stream.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
            if (length > LargestFile)
            {
                return Unreadable(file, "larger than 1 MiB, which no configuration is");
            }

            using StreamReader reader = new(
                new MemoryStream(content, 0, length), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
            string text = reader.ReadToEnd();
            return KubeProxyYaml.Recognises(text) ? KubeProxyYaml.Read(file, text) : ConfigurationYaml.Read(file, text);
        }
        catch (DecoderFallbackException)
        {
            return Unreadable(file, "not a text in UTF-8");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return Unreadable(file, "no such file");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return Unreadable(file, $"cannot be read: {(Directory.Exists(file) ? "it is a folder" : e.Message.TrimEnd('.'))}");
        }
    }

    private static ConfigurationInput Unreadable(string file, string why) =>
        new([], [new Problem { Severity = ProblemSeverity.Error, File = file, Message = why }]);
}
