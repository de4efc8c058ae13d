using System.Collections.Immutable;
using L4Proxy.Loadbench.Load;
using L4Proxy.Loadbench.Results.Analysis;

namespace L4Proxy.Loadbench.Subjects;

/// <summary>The proxies that can be compared, and what is there of them on this machine.</summary>
/// <param name="workspace">Where they run.</param>
/// <param name="l4proxy">The program l4proxy; null to build it from the checkout.</param>
internal sealed class SubjectCatalog(Workspace workspace, string? l4proxy = null)
{
    private NginxModule? _nginxModule;

    /// <summary>Names, in the order in which they are shown.</summary>
    public static ImmutableArray<string> Names { get; } =
    [
        SubjectNames.Direct, SubjectNames.Haproxy, SubjectNames.HaproxySplice, SubjectNames.Nginx, SubjectNames.LinuxEngine, SubjectNames.PortableEngine,
        SubjectNames.Ideal,
    ];

    /// <summary>Those that take part unless others are asked for.</summary>
    public static ImmutableArray<string> Usual { get; } = Names.Remove(SubjectNames.Ideal, StringComparer.Ordinal);

    /// <summary>Looks a proxy up, and builds it where that is needed; null when it is missing.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="say">Told what takes a while.</param>
    /// <param name="note">Told in one line why it is missing.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<SubjectKind?> FindAsync(string name, Action<string> say, Action<string> note, CancellationToken cancellation)
    {
        switch (name)
        {
            case SubjectNames.Direct:
                return new SubjectKind(name, "none", "");
            case SubjectNames.Haproxy when Programs.Find("haproxy") is { } path:
                return new SubjectKind(name, await VersionAsync([path, "-v"], cancellation), path);
            case SubjectNames.HaproxySplice when Programs.Find("haproxy") is { } path:
                return new SubjectKind(name, await VersionAsync([path, "-v"], cancellation), path, Only: "bulk");
            case SubjectNames.Nginx when Programs.Find("nginx") is { } path:
                string configured = await PeerProcess.ReadAsync([path, "-V"], cancellation) ?? "";
                _nginxModule = NginxModule.Find(configured, File.Exists);
                if (_nginxModule is null)
                {
                    note($"{name} is left out: it has no stream module (Debian: libnginx-mod-stream)");
                    return null;
                }

                return new SubjectKind(name, FirstLine(configured), path);
            case SubjectNames.Ideal when await IdealSubject.CompileAsync(workspace, cancellation) is { } path:
                return new SubjectKind(name, "bench/ideal/relay.c", path, IsFixed: true);
            case SubjectNames.Ideal:
                note($"{name} is left out: there is no C compiler (cc), or no checkout with its source");
                return null;
            case SubjectNames.LinuxEngine or SubjectNames.PortableEngine:
                return await L4ProxyAsync(name, say, note, cancellation);
            default:
                note($"{name} is left out: it is not on PATH");
                return null;
        }
    }

    /// <summary>One that is not started yet.</summary>
    public ISubject Create(SubjectKind kind) => kind.Name switch
    {
        SubjectNames.Direct => new DirectSubject(kind),
        SubjectNames.Haproxy or SubjectNames.HaproxySplice => new HaproxySubject(kind, workspace),
        SubjectNames.Nginx => new NginxSubject(kind, _nginxModule!, workspace),
        SubjectNames.LinuxEngine => new L4ProxySubject(kind, "linux", workspace),
        SubjectNames.PortableEngine => new L4ProxySubject(kind, "portable", workspace),
        SubjectNames.Ideal => new IdealSubject(kind, workspace),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind.Name, "not a name of the catalog"),
    };

    private static async Task<string> VersionAsync(ImmutableArray<string> command, CancellationToken cancellation) =>
        FirstLine(await PeerProcess.ReadAsync(command, cancellation) ?? throw new LoadException($"{string.Join(' ', command)} fails"));

    private static string FirstLine(string text) => text.Split('\n', 2)[0].Trim();

    /// <summary>Both engines are in one program, which is built once.</summary>
    private async Task<SubjectKind?> L4ProxyAsync(string name, Action<string> say, Action<string> note, CancellationToken cancellation)
    {
        string program = l4proxy is null ? Path.Combine(workspace.Folder, "l4proxy", "l4proxy") : Path.GetFullPath(l4proxy);
        if (l4proxy is null && !File.Exists(program))
        {
            if (Programs.FindSources() is not { } sources)
            {
                note($"{name} is left out: {AppContext.BaseDirectory} is not in a checkout that it could be built from");
                return null;
            }

            say("l4proxy is built");
            string[] publish =
                ["dotnet", "publish", sources, "-c", "Release", "-o", Path.GetDirectoryName(program)!, "--nologo", "-v", "quiet", "--disable-build-servers"];
            if (await PeerProcess.ReadAsync(publish, cancellation) is null)
            {
                throw new LoadException($"'{string.Join(' ', publish)}' fails; run it to see why");
            }
        }

        return new SubjectKind(name, await VersionAsync([program, "--version"], cancellation), program);
    }
}
