import type { Argv } from "../io/command.ts";
import { type LabPlan, type NodePlan, primary } from "../plan/lab-plan.ts";

/** Where a Node's own view has its files: as on any machine of a cluster. */
export const nodePaths = {
  assets: "/opt/antrea-lab/bin",
  cniBin: "/opt/cni/bin",
  cniConfig: "/etc/cni/net.d",
  containerdConfig: "/etc/containerd/config.toml",
  containerdRoot: "/var/lib/containerd",
  containerdSocket: "/run/containerd/containerd.sock",
  kubelet: "/var/lib/kubelet",
  kubeProxy: "/var/lib/kube-proxy",
} as const;

/** The cluster's own programs on a Node, by the name under which each lies in `nodePaths.assets`. */
export const nodePrograms = [
  "containerd",
  "containerd-shim-runc-v2",
  "ctr",
  "kubectl",
  "kubelet",
  "kube-proxy",
] as const;
/** Where each is on the machine. */
export type NodeProgramPaths = Readonly<Record<(typeof nodePrograms)[number], string>>;

export function containerdArgv(): Argv {
  return [`${nodePaths.assets}/containerd`, `--config=${nodePaths.containerdConfig}`];
}

/** containerd's configuration, in TOML; `pauseImage` holds the namespaces of every Pod. */
export function containerdConfig(pauseImage: string): string {
  return `version = 3
root = "${nodePaths.containerdRoot}"
state = "/run/containerd"

[grpc]
  address = "${nodePaths.containerdSocket}"

[plugins."io.containerd.cri.v1.images".pinned_images]
  sandbox = "${pauseImage}"

[plugins."io.containerd.cri.v1.runtime"]
  disable_apparmor = true
  restrict_oom_score_adj = true

[plugins."io.containerd.cri.v1.runtime".cni]
  bin_dirs = ["${nodePaths.cniBin}"]
  conf_dir = "${nodePaths.cniConfig}"

[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"

# The socket of NRI lies where every containerd of the machine would put it.
[plugins."io.containerd.nri.v1.nri"]
  disable = true
`;
}

export function kubeletArgv(node: NodePlan): Argv {
  return [
    `${nodePaths.assets}/kubelet`,
    `--config=${nodePaths.kubelet}/config.json`,
    `--kubeconfig=${nodePaths.kubelet}/kubeconfig`,
    `--root-dir=${nodePaths.kubelet}`,
    `--cert-dir=${nodePaths.kubelet}/pki`,
    `--hostname-override=${node.name}`,
    `--node-ip=${node.link.addresses.join(",")}`,
    `--node-labels=topology.kubernetes.io/zone=${node.subnet}`,
  ];
}

/** All Pods of a Node sit in one cgroup of the lab, so that clean-up can be complete. */
export function kubeletConfig({ cluster }: LabPlan, node: NodePlan): string {
  const pki = `${nodePaths.kubelet}/pki`;
  return JSON.stringify({
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address: node.address,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: `${pki}/ca.crt` },
    },
    authorization: { mode: "Webhook" },
    tlsCertFile: `${pki}/server.crt`,
    tlsPrivateKeyFile: `${pki}/server.key`,
    clusterDNS: [primary(cluster).dnsService],
    clusterDomain: "cluster.local",
    resolvConf: "",
    containerRuntimeEndpoint: `unix://${nodePaths.containerdSocket}`,
    cgroupDriver: "cgroupfs",
    cgroupRoot: node.cgroup,
    cgroupsPerQOS: true,
    enforceNodeAllocatable: [],
    failCgroupV1: false,
    failSwapOn: false,
    // The disk is the machine's, and so are its worries about space.
    evictionHard: {
      "memory.available": "0%",
      "nodefs.available": "0%",
      "nodefs.inodesFree": "0%",
      "imagefs.available": "0%",
      "imagefs.inodesFree": "0%",
    },
    imageGCHighThresholdPercent: 100,
    localStorageCapacityIsolation: false,
    serializeImagePulls: false,
    maxPods: 250,
    // The API server of a lab has nobody else to protect itself from.
    registryPullQPS: 0,
    eventRecordQPS: 0,
    kubeAPIQPS: 200,
    kubeAPIBurst: 400,
  });
}

/**
 * kube-proxy serves Services until the product does so itself. The conntrack limits are the
 * machine's: in a namespace it may not set them, and would stop.
 */
export function kubeProxyArgv(
  { cluster }: LabPlan,
  node: NodePlan,
  mode: "nftables" | "iptables" = "nftables",
): Argv {
  return [
    `${nodePaths.assets}/kube-proxy`,
    `--kubeconfig=${nodePaths.kubeProxy}/kubeconfig`,
    `--proxy-mode=${mode}`,
    `--hostname-override=${node.name}`,
    `--cluster-cidr=${cluster.map(({ clusterCidr }) => clusterCidr).join(",")}`,
    "--healthz-bind-address=127.0.0.1:10256",
    "--metrics-bind-address=127.0.0.1:10249",
    "--conntrack-max-per-core=0",
    "--conntrack-min=0",
    "--conntrack-tcp-timeout-established=0",
    "--conntrack-tcp-timeout-close-wait=0",
  ];
}

/** Folders of a Node's disk that are laid over the machine's own. */
export function nodeFolders({ folder }: NodePlan) {
  return {
    opt: `${folder}/opt`,
    varLib: `${folder}/var-lib`,
    varLog: `${folder}/var-log`,
    etc: `${folder}/etc`,
    etcWork: `${folder}/etc-work`,
    usrLib: `${folder}/usr-lib`,
    usrLibWork: `${folder}/usr-lib-work`,
  } as const;
}

/**
 * What is mounted in the Node's own mount namespace, as fstab(5): /run is new, as after a boot;
 * /opt, /var/lib and /var/log are the Node's disk; /etc shows the machine's with the Node's changes
 * on top. So DaemonSets find the host paths of an ordinary machine, and nothing they write stays.
 * The machine's /usr/lib is overlaid only where it has no /lib/modules, which manifests like to mount.
 */
export function nodeMounts(
  node: NodePlan,
  { programs, hasModules }: { readonly programs: NodeProgramPaths; readonly hasModules: boolean },
): string {
  const f = nodeFolders(node);
  const bind = (from: string, to: string) => `${from} ${to} none bind 0 0`;
  const overlay = (name: string, lower: string, upper: string, work: string) =>
    `antrea-lab-${name} ${lower} overlay lowerdir=${lower},upperdir=${upper},workdir=${work} 0 0`;
  return `${[
    "antrea-lab-run /run tmpfs mode=755 0 0",
    bind(f.opt, "/opt"),
    ...nodePrograms.map((name) => bind(programs[name], `${nodePaths.assets}/${name}`)),
    overlay("etc", "/etc", f.etc, f.etcWork),
    bind(`${f.etc}/cni/net.d`, nodePaths.cniConfig), // networks of the machine are none of the Node's
    ...(hasModules ? [] : [overlay("usr-lib", "/usr/lib", f.usrLib, f.usrLibWork)]),
    bind(f.varLog, "/var/log"),
    bind(f.varLib, "/var/lib"), // last: all other folders lie below the machine's /var/lib
  ].join("\n")}\n`;
}

/** The plugins of containernetworking that a Node brings along. */
export const standardPlugins = [
  "loopback",
  "portmap",
  "bandwidth",
  "host-local",
  "bridge",
] as const;
