FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source

# Packages are restored in a layer of their own: it changes with the project files, not with the code.
COPY global.json .editorconfig Directory.Build.props Directory.Packages.props ./
COPY src/L4Proxy.DataPlane/L4Proxy.DataPlane.csproj src/L4Proxy.DataPlane/
COPY src/L4Proxy.ControlPlane/L4Proxy.ControlPlane.csproj src/L4Proxy.ControlPlane/
COPY src/L4Proxy/L4Proxy.csproj src/L4Proxy/
RUN ["dotnet", "restore", "src/L4Proxy"]

COPY src/ src/
RUN ["dotnet", "publish", "src/L4Proxy", "-c", "Release", "--no-restore", "-o", "/app"]

# Not the smaller "runtime" image: the shared framework Microsoft.AspNetCore.App carries the socket transport.
FROM mcr.microsoft.com/dotnet/aspnet:10.0 AS proxy
COPY --from=build /app /app

# The unprivileged user that the image brings.
USER $APP_UID

# l4proxy writes the file when its listeners are open and removes it at its end.
HEALTHCHECK --interval=10s --timeout=2s --start-period=5s CMD ["/usr/bin/test", "-f", "/tmp/l4proxy.ready"]

ENTRYPOINT ["/app/l4proxy"]
CMD ["run", "--manifests", "/etc/l4proxy/manifests", "--ready-file", "/tmp/l4proxy.ready"]

# With the tools of --mode and --capture: docker build --target kernel . They inherit capabilities from root alone.
FROM proxy AS kernel
USER root
RUN ["/bin/sh", "-c", "apt-get update && apt-get install -y --no-install-recommends conntrack iproute2 ipset iptables ipvsadm kmod nftables procps && rm -rf /var/lib/apt/lists/*"]

# What is built unless a target is named.
FROM proxy
