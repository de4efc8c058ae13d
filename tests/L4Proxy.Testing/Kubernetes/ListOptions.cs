namespace L4Proxy.Testing.Kubernetes;

/// <summary>The parameters of a list or watch, checked as the API server checks them.</summary>
internal sealed record ListOptions
{
    /// <summary>For a watch without timeoutSeconds the server chooses between this and its double.</summary>
    private static readonly TimeSpan s_defaultTimeout = TimeSpan.FromMinutes(30);

    public required ObjectFilter Filter { get; init; }

    public bool IsWatch { get; private init; }

    /// <summary>Null if none is given, 0 for any.</summary>
    public long? Version { get; private init; }

    public bool IsExact { get; private init; }

    public int? Limit { get; private init; }

    public string? Continue { get; private init; }

    public bool AllowsBookmarks { get; private init; }

    /// <summary>Whether a watch says when it has told the objects that there are, to those who take bookmarks.</summary>
    public bool MarksInitialEvents { get; private init; }

    /// <summary>Whether a watch begins with the objects that there are.</summary>
    public bool SendsInitialEvents { get; private init; }

    public TimeSpan Timeout { get; private init; }

    /// <exception cref="ApiException">A parameter is malformed, or not allowed.</exception>
    public static ListOptions Parse(ApiPath path, IReadOnlyDictionary<string, string> query, WatchListSupport watchList)
    {
        string Get(string name) => query.GetValueOrDefault(name) ?? "";
        bool Is(string name) => Get(name) is "1" or "true";

        bool isWatch = Is("watch");
        bool isAnyVersion = Get("resourceVersion") is "" or "0";
        bool? initial = Get("sendInitialEvents") is { Length: > 0 } text ? text is "1" or "true" : null;
        string match = Get("resourceVersionMatch");
        if (isWatch && watchList == WatchListSupport.Ignored)
        {
            (initial, match) = (null, "");
        }

        if (isWatch)
        {
            CheckWatch(initial, match, watchList);
        }
        else
        {
            CheckList(initial, match, Get("resourceVersion"), Get("continue"));
        }

        return new ListOptions
        {
            Filter = new ObjectFilter(
                path.Namespace,
                LabelSelector.Parse(Get("labelSelector")),
                path.Name is null ? FieldSelector.Parse(Get("fieldSelector"), path.Resource) : FieldSelector.ByName(path.Name)),
            IsWatch = isWatch,
            Version = ParseVersion(Get("resourceVersion")),
            IsExact = match == "Exact",
            Limit = int.TryParse(Get("limit"), out int limit) && limit > 0 ? limit : null,
            Continue = Get("continue") is { Length: > 0 } token ? token : null,
            AllowsBookmarks = Is("allowWatchBookmarks"),
            SendsInitialEvents = initial ?? isAnyVersion,

            // A server that has watch-list makes one of every watch that begins with the objects there are.
            MarksInitialEvents = initial == true || (watchList == WatchListSupport.Enabled && initial is null && isAnyVersion),
            Timeout = int.TryParse(Get("timeoutSeconds"), out int time) && time > 0 ? TimeSpan.FromSeconds(time) : s_defaultTimeout,
        };
    }

    private static long? ParseVersion(string text)
    {
        if (text.Length == 0)
        {
            return null;
        }

        return long.TryParse(text, out long version) && version >= 0 ? version : throw ApiException.NotANumber(text);
    }

    private static void CheckWatch(bool? initial, string match, WatchListSupport support)
    {
        if (support == WatchListSupport.Unknown)
        {
            if (match.Length > 0)
            {
                throw ApiException.InvalidOption("resourceVersionMatch", "resourceVersionMatch is forbidden for watch");
            }

            return;
        }

        if (initial is not null && match != "NotOlderThan")
        {
            throw ApiException.InvalidOption(
                "resourceVersionMatch", "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
        }

        if (initial is not null && support == WatchListSupport.Disabled)
        {
            throw ApiException.InvalidOption(
                "sendInitialEvents", "sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled");
        }

        if (initial is null && match.Length > 0)
        {
            throw ApiException.InvalidOption(
                "resourceVersionMatch", "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
        }
    }

    private static void CheckList(bool? initial, string match, string version, string token)
    {
        if (match.Length > 0 && version.Length == 0)
        {
            throw ApiException.InvalidOption(
                "resourceVersionMatch", "resourceVersionMatch is forbidden unless resourceVersion is provided");
        }

        if (match == "Exact" && version == "0")
        {
            throw ApiException.InvalidOption(
                "resourceVersionMatch", "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"");
        }

        if (initial is not null)
        {
            throw ApiException.InvalidOption("sendInitialEvents", "sendInitialEvents is forbidden for list");
        }

        if (token.Length > 0 && version is not ("" or "0"))
        {
            throw ApiException.BadRequest("specifying resource version is not allowed when using continue");
        }
    }
}
