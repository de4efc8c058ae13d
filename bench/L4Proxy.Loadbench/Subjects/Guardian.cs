using System.Diagnostics;
using System.Globalization;

namespace L4Proxy.Loadbench.Subjects;

/// <summary>
/// A shell that outlives this process by a second: when its standard input ends, which a kill -9 of this process brings about too, it
/// ends the processes that are still left and removes the temporary folder.
/// </summary>
internal sealed class Guardian : IDisposable
{
    // A terminal sends Ctrl-C to it as well, which only this process is to act upon.
    private const string Script = """
        trap '' INT TERM HUP
        left=
        while read -r what pid; do
            kept=
            for p in $left; do [ "$p" = "$pid" ] || kept="$kept $p"; done
            left=$kept
            [ "$what" = start ] && left="$left $pid"
        done
        if [ -n "$left" ]; then
            # What is stopped does not even end.
            kill -CONT $left 2>/dev/null
            kill -TERM $left 2>/dev/null
            sleep 1
            kill -KILL $left 2>/dev/null
        fi
        rm -rf -- "$1"
        """;

    private readonly Process _shell;
    private readonly Lock _lock = new();

    /// <summary>Starts it.</summary>
    /// <param name="folder">What it removes at the end.</param>
    public Guardian(string folder)
    {
        _shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", Script, "guardian", folder])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
        })!;
        _shell.StandardInput.AutoFlush = true;
    }

    public void Started(int processId) => Say("start", processId);

    /// <summary>The process has been waited for: its number may be another's from now on.</summary>
    public void Ended(int processId) => Say("end", processId);

    public void Dispose()
    {
        _shell.StandardInput.Close();
        _shell.WaitForExit();
        _shell.Dispose();
    }

    private void Say(string what, int processId)
    {
        lock (_lock)
        {
            _shell.StandardInput.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what} {processId}"));
        }
    }
}
