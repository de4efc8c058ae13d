using System.Globalization;
using System.Xml.Linq;

namespace L4Proxy.Loadbench.Results.Html;

/// <summary>Parts of drawings, in the units of their view box; colours come from classes.</summary>
internal static class Svg
{
    /// <summary>A drawing that keeps its shape at any width; its title is what a screen reader says.</summary>
    public static XElement Drawing(double width, double height, string title, IEnumerable<XElement> content) => new(
        "svg",
        new XAttribute("viewBox", $"0 0 {Text(width)} {Text(height)}"),
        new XAttribute("role", "img"),
        new XElement("title", Markup.Clean(title)),
        content);

    public static XElement Line(string style, double x1, double y1, double x2, double y2) => new(
        "line", new XAttribute("class", style), At("x1", x1), At("y1", y1), At("x2", x2), At("y2", y2));

    public static XElement Box(string style, double x, double y, double width, double height) => new(
        "rect", new XAttribute("class", style), At("x", x), At("y", y), At("width", Math.Max(0, width)), At("height", height));

    public static XElement Dot(string style, double x, double y) => new(
        "circle", new XAttribute("class", style), At("cx", x), At("cy", y), At("r", 3));

    public static XElement Path(string style, IEnumerable<(double X, double Y)> points) => new(
        "polyline", new XAttribute("class", style), new XAttribute("points", string.Join(' ', points.Select(p => $"{Text(p.X)},{Text(p.Y)}"))));

    /// <param name="style">The class.</param>
    /// <param name="x">Where it is anchored.</param>
    /// <param name="y">The base line.</param>
    /// <param name="anchor"><c>start</c>, <c>middle</c> or <c>end</c>.</param>
    /// <param name="text">What it says.</param>
    public static XElement Label(string style, double x, double y, string anchor, string text) => new(
        "text", new XAttribute("class", style), At("x", x), At("y", y), new XAttribute("text-anchor", anchor), Markup.Clean(text));

    private static XAttribute At(string name, double value) => new(name, Text(value));

    private static string Text(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
