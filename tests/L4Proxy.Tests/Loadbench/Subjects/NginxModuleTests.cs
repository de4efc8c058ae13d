using L4Proxy.Loadbench.Subjects;
using Xunit;

namespace L4Proxy.Tests.Loadbench.Subjects;

public sealed class NginxModuleTests
{
    [Fact]
    public void Find_BuiltIn_NeedsNoDirective() =>
        Assert.Equal("", NginxModule.Find("configure arguments: --with-stream --with-threads\n", _ => false)!.Directive);

    [Fact]
    public void Find_Dynamic_IsLoadedFromTheFolderThatNginxNames()
    {
        const string Path = "/opt/modules/ngx_stream_module.so";

        NginxModule? module = NginxModule.Find("--modules-path=/opt/modules --with-stream=dynamic", file => file == Path);

        Assert.Equal($"load_module {Path};", module!.Directive);
    }

    [Fact]
    public void Find_NotInstalled_IsNull() =>
        Assert.Null(NginxModule.Find("--modules-path=/opt/modules --with-stream=dynamic --with-stream_ssl_module", _ => false));
}
