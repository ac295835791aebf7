import { versions } from "../assets/index.ts";
import type { Recipe } from "./recipe.ts";

const page = `<!DOCTYPE html>
<title>Welcome to nginx!</title>
<h1>Welcome to nginx!</h1>
`;

const nginxConfig = `worker_processes 1;
error_log /dev/stderr;
pid /run/nginx.pid;
events { worker_connections 512; }
http {
  include /etc/nginx/mime.types;
  access_log /dev/stdout;
  server {
    listen 80 default_server;
    listen [::]:80 default_server;
    root /usr/share/nginx/html;
    index index.html;
  }
}
`;

/** Images under the names that users and suites type, made of Debian's packages and the cluster's own programs. */
export const labRecipe: Pick<Recipe, "layers" | "images"> = {
  layers: {
    tools: {
      packages: [
        "nginx-light",
        "iperf3",
        "curl",
        "bind9-dnsutils",
        "netcat-openbsd",
        "hostname",
        "libc-bin",
      ],
      files: { "etc/nginx/nginx.conf": nginxConfig, "usr/share/nginx/html/index.html": page },
      folders: { "var/log/nginx": "755", "var/lib/nginx": "755" },
      links: { "usr/bin/nc": "nc.openbsd", "usr/bin/netcat": "nc.openbsd" },
    },
    agnhost: {
      // its TLS servers take the key and the certificate from these names
      programs: {
        agnhost: "agnhost",
        "localhost.crt": "localhost.pem",
        "localhost.key": "localhost.pem",
      },
    },
    busybox: {
      programs: { "bin/busybox": "busybox" },
      busybox: "busybox",
      folders: {
        root: "700",
        run: "755",
        tmp: "1777",
        "var/tmp": "1777",
        "var/www": "755",
        etc: "755",
      },
      files: {
        "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
        "etc/group": "root:x:0:\nnogroup:x:65534:\n",
      },
    },
    pause: { programs: { catatonit: "catatonit" } },
    coredns: { programs: { coredns: "coredns" } },
  },
  images: {
    "docker.io/library/nginx:1.21 registry.k8s.io/e2e-test-images/nginx:1.27-0 registry.k8s.io/e2e-test-images/nginx:1.15-4":
      {
        description: "A web server that serves one page on port 80",
        layers: ["base", "net", "tools"],
        command: ["nginx", "-g", "daemon off; user root;"],
        ports: ["80/tcp"],
        stopSignal: "SIGQUIT",
      },
    "docker.io/networkstatic/iperf3:latest": {
      description: "iperf3",
      layers: ["base", "net", "tools"],
      entrypoint: ["iperf3"],
      ports: ["5201/tcp"],
    },
    "docker.io/library/busybox:latest docker.io/library/busybox:1.36 registry.k8s.io/e2e-test-images/busybox:1.37.0-1":
      {
        description: "Busybox",
        layers: ["busybox"],
        command: ["sh"],
      },
    "registry.k8s.io/e2e-test-images/agnhost:2.63.0": {
      description: "The test programs of Kubernetes, with a shell, network tools and a DNS server",
      layers: ["base", "net", "tools", "agnhost", "coredns"],
      entrypoint: ["/agnhost"],
      command: ["pause"],
    },
    "registry.k8s.io/e2e-test-images/glibc-dns-testing:2.0.0": {
      description: "A resolver of GNU's C library",
      layers: ["base", "net", "tools"],
      command: ["bash"],
    },
    "registry.k8s.io/pause:3.10.2": {
      description: "Holds a Pod's namespaces",
      layers: ["pause"],
      entrypoint: ["/catatonit", "-P"], // its pause mode: reaps what is orphaned, ends at SIGTERM
      user: "65535:65535",
    },
    [`registry.k8s.io/coredns/coredns:v${versions.coredns}`]: {
      description: "The cluster's DNS server",
      layers: ["coredns"],
      entrypoint: ["/coredns"],
      ports: ["53/udp", "53/tcp"],
    },
  },
};
