namespace L4Proxy.SystemTests.Rules;

/// <summary>A folder first in PATH with the tools that write rules: the host's own, until a fault is switched on.</summary>
internal sealed class FaultyTools
{
    private const string Half = "half";
    private const string Hang = "hang";
    private const string Hanging = "hanging";

    /// <summary>
    /// With the fault "half" all tables of an input but the last get into force and the tool fails; nft, whose input is one transaction, does
    /// nothing of it. With "hang" it never gets to its input. Tests of input (--test, -c) and listings are the host's.
    /// </summary>
    private const string Script = """
        #!/bin/sh
        writes=no
        case "$0 $*" in *-restore*--test*) ;; *-restore*) writes=yes ;; *nft*" -c "*) ;; *nft*" -f "*) writes=yes ;; esac
        if [ $writes = yes ] && [ -e "FOLDER/hang" ]; then echo $$ > "FOLDER/hanging"; exec sleep 600; fi
        if [ $writes = yes ] && [ -e "FOLDER/half" ]; then
          input=$(cat)
          tables=$(echo "$input" | grep -c '^COMMIT$')
          case "$0" in *-restore) echo "$input" | awk -v most=$tables '/^COMMIT$/ { seen++ } seen < most - 1 || (/^COMMIT$/ && seen == most - 1)' | "REAL" "$@" ;; esac
          echo "injected failure" >&2
          exit 1
        fi
        exec "REAL" "$@"
        """;

    private static readonly string[] s_tools =
    [
        "iptables-restore", "ip6tables-restore", "iptables-nft-restore", "ip6tables-nft-restore",
        "iptables-legacy-restore", "ip6tables-legacy-restore", "nft",
    ];

    public FaultyTools(string folder)
    {
        Folder = folder;
        Directory.CreateDirectory(folder);
        foreach (string tool in s_tools.Where(t => File.Exists(Real(t))))
        {
            Write(tool, Script.Replace("FOLDER", folder, StringComparison.Ordinal).Replace("REAL", Real(tool), StringComparison.Ordinal));
        }
    }

    public string Folder { get; }

    /// <summary>Whether a tool hangs.</summary>
    public bool IsHanging => File.Exists(Path.Combine(Folder, Hanging));

    /// <summary>Makes iptables-legacy what the host calls iptables.</summary>
    public void UseLegacy()
    {
        foreach (string family in (string[])["iptables", "ip6tables"])
        {
            foreach (string verb in (string[])["", "-save", "-restore"])
            {
                Write(family + verb, $"#!/bin/sh\nexec {Real($"{family}-legacy{verb}")} \"$@\"\n");
            }
        }
    }

    /// <summary>Makes a tool fail whatever it is asked.</summary>
    public void Break(string tool) => Write(tool, "#!/bin/sh\necho 'injected failure' >&2\nexit 1\n");

    public void FailHalfWay() => File.WriteAllText(Path.Combine(Folder, Half), "");

    public void NeverEnd() => File.WriteAllText(Path.Combine(Folder, Hang), "");

    /// <summary>Makes the tools the host's again.</summary>
    public void Recover()
    {
        File.Delete(Path.Combine(Folder, Half));
        File.Delete(Path.Combine(Folder, Hang));
    }

    /// <summary>Ends the tool that hangs: its parent may have been killed.</summary>
    public void EndHanging()
    {
        int process = int.Parse(File.ReadAllText(Path.Combine(Folder, Hanging)).Trim(), System.Globalization.CultureInfo.InvariantCulture);
        using var hanging = System.Diagnostics.Process.GetProcessById(process);
        hanging.Kill();
        File.Delete(Path.Combine(Folder, Hanging));
    }

    private static string Real(string tool) => Path.Combine("/usr/sbin", tool);

    private void Write(string tool, string script)
    {
        string path = Path.Combine(Folder, tool);
        File.Delete(path);
        File.WriteAllText(path, script);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
    }
}
