using Spectre.Console;

namespace L4Proxy.Demo;

/// <summary>Shows the endpoints while the demo runs: a live table on a terminal, a line for each change elsewhere.</summary>
internal static class DemoView
{
    /// <summary>Fast enough to look alive, slow enough to read.</summary>
    private static readonly TimeSpan s_refresh = TimeSpan.FromMilliseconds(500);

    public static Task RunAsync(IAnsiConsole console, bool terminal, Func<IReadOnlyList<DemoRow>> read, CancellationToken stop) =>
        terminal
            ? console.Live(Table(read())).StartAsync(live => EachRefreshAsync(() => live.UpdateTarget(Table(read())), stop))
            : PlainAsync(console.Profile.Out.Writer, read, stop);

    /// <summary>Traffic alone makes no line: a log of a busy demo would hold nothing else.</summary>
    private static async Task PlainAsync(TextWriter writer, Func<IReadOnlyList<DemoRow>> read, CancellationToken stop)
    {
        Dictionary<string, DemoRow> shown = new(StringComparer.Ordinal);
        await EachRefreshAsync(
            () =>
            {
                foreach (DemoRow row in read().Where(r => !shown.TryGetValue(r.Name, out DemoRow? before) || !r.SameEvents(before)))
                {
                    writer.WriteLine(row);
                    shown[row.Name] = row;
                }

                writer.Flush();
            },
            stop);
    }

    private static async Task EachRefreshAsync(Action show, CancellationToken stop)
    {
        using PeriodicTimer timer = new(s_refresh);
        try
        {
            do
            {
                show();
            }
            while (await timer.WaitForNextTickAsync(stop));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            show();
        }
    }

    /// <summary>Fits into 80 columns.</summary>
    private static Table Table(IReadOnlyList<DemoRow> rows)
    {
        Table table = new Table().NoBorder();
        foreach (string text in new[] { "endpoint", "state" })
        {
            table.AddColumn(new TableColumn(text).NoWrap().Padding(0, 0, 2, 0));
        }

        foreach (string number in new[] { "open", "connections", "failures", "timeouts", "ejections" })
        {
            table.AddColumn(new TableColumn(number).NoWrap().RightAligned().Padding(0, 0, 2, 0));
        }

        foreach (DemoRow row in rows)
        {
            string color = !row.Alive ? "red" : row.Ejected ? "yellow" : "green";
            table.AddRow(
                $"{row.Name} :{row.Address.Port}",
                $"[{color}]{row.State}[/]",
                $"{row.Open}",
                $"{row.Connections}",
                $"{row.Failures}",
                $"{row.Timeouts}",
                $"{row.Ejections}");
        }

        return table;
    }
}
