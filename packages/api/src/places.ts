import { interfaceNames, paths, ports } from "./names.ts";

/**
 * Every file, socket and port that our programs open on a Node. The page
 * `docs/reference/files-and-ports.md` is printed from it, and a test on a real cluster compares it with
 * what is there: nothing else listens, and owners and modes are as stated.
 */

export type Program =
  | "antrea-agent"
  | "antrea-controller"
  | "antrea-ovs"
  | "install-cni"
  | "CNI plugin"
  | "ovsdb-server"
  | "ovs-vswitchd"
  | "kubelet";

/** A TCP port that a program listens on. */
export interface Listener {
  readonly program: Program;
  /** `*` for every address of the Node, `POD` for that of the program's Pod. */
  readonly address: "*" | "127.0.0.1" | "POD";
  readonly port: number;
  /** The option that moves it. */
  readonly option?: "apiPort";
  readonly protection: string;
  readonly purpose: string;
}

export const listeners: readonly Listener[] = [
  {
    program: "antrea-agent",
    address: "*",
    port: ports.agentApi,
    option: "apiPort",
    protection:
      "TLS. `/livez`, `/healthz`, `/readyz` for everybody; all else by token and RBAC, and only what reads",
    purpose: "probes, `/metrics`, and what `antctl get` shows",
  },
  {
    program: "antrea-agent",
    address: "127.0.0.1",
    port: ports.agentMetrics,
    protection: "the Node's own network, and `pods/portforward`",
    purpose: "probes and `/metrics` in plain HTTP; not where `enablePrometheusMetrics` is false",
  },
  {
    program: "antrea-controller",
    address: "POD",
    port: ports.controllerApi,
    option: "apiPort",
    protection: "as the agent's",
    purpose: "probes, `/metrics`, `/controllerinfo`",
  },
];

/** What passes between Nodes and has no program's socket: frames that the datapath takes, or the kernel's tunnels. */
export interface Carried {
  readonly packets: string;
  /** Where the kernel has a UDP socket of its own for them, with its datapath. */
  readonly kernelPort?: number;
  readonly option?: string;
  readonly when: string;
}

export const carried: readonly Carried[] = [
  {
    packets: `UDP ${ports.geneve}`,
    kernelPort: ports.geneve,
    option: "tunnelPort",
    when: "`tunnelType: geneve`, encap, hybrid and auto",
  },
  {
    packets: `UDP ${ports.vxlan}`,
    kernelPort: ports.vxlan,
    option: "tunnelPort",
    when: "`tunnelType: vxlan`, encap, hybrid and auto",
  },
  { packets: "IP protocol 47", when: "`tunnelType: gre`, encap, hybrid and auto" },
  {
    packets: "Pod addresses as they are",
    when: "noEncap, hybrid inside a subnet, and auto wherever they pass",
  },
  {
    packets: `UDP ${ports.pathProbe} and ${ports.pathProbeAnswer} between gateway addresses`,
    when: "auto, and hybrid with `pathSelection: measured`; the datapath answers them",
  },
];

export type PlaceKind = "folder" | "file" | "socket";

/** Something in the file system, at its path on the Node. */
export interface Place {
  readonly kind: PlaceKind;
  /** `*` stands for any characters but "/". */
  readonly path: string;
  /** Who makes it. */
  readonly program: Program;
  /** user:group; root:root where it is left out. */
  readonly owner?: string;
  /** Bits, as chmod(1) has them. */
  readonly mode: number;
  readonly purpose: string;
  /** Where it is only at times. */
  readonly when?: string;
}

/** On the Node; the Pods see it as `/var/run/openvswitch`. */
const ovsRun = `${paths.runFolder}/openvswitch`;
const ovsLog = `${paths.logFolder}/openvswitch`;
const bridge = interfaceNames.bridge;
const aroundStops = "made anew at each start";

function folder(path: string, program: Program, purpose: string): Place {
  return { kind: "folder", path, program, mode: 0o755, purpose };
}

function ovsSocket(name: string, program: Program, purpose: string): Place {
  return { kind: "socket", path: `${ovsRun}/${name}`, program, mode: 0o750, purpose };
}

export const places: readonly Place[] = [
  folder(paths.runFolder, "antrea-agent", "sockets and what survives a restart, but no reboot"),
  folder(paths.apiFolder, "antrea-agent", "sockets of the APIs for people"),
  {
    kind: "socket",
    path: paths.agentApiSocket,
    program: "antrea-agent",
    mode: 0o600,
    purpose: "antctl in the agent's Pod: reads, log level, traces, probes",
  },
  {
    kind: "socket",
    path: paths.cniSocket,
    program: "antrea-agent",
    mode: 0o600,
    purpose: "the CNI plugin's questions",
  },
  {
    ...folder(`${paths.runFolder}/cni`, "CNI plugin", "word for an agent that is away"),
    when: "after a DEL while no agent ran",
  },
  {
    ...folder(`${paths.runFolder}/cni/pending-del`, "CNI plugin", "DELs that wait for an agent"),
    when: "after a DEL while no agent ran",
  },
  {
    kind: "file",
    path: `${paths.runFolder}/cni/pending-del/*`,
    program: "CNI plugin",
    mode: 0o644,
    purpose: "one DEL: container, interface, namespace",
    when: "until the next agent has read it",
  },
  {
    kind: "folder",
    path: paths.policyFolder,
    program: "antrea-agent",
    mode: 0o700,
    purpose: "policies in force, for an agent that starts while no controller serves",
  },
  {
    kind: "file",
    path: `${paths.policyFolder}/*`,
    program: "antrea-agent",
    mode: 0o600,
    purpose: "one policy or group; `whole` says that all are there",
  },
  folder(ovsRun, "antrea-ovs", "the run folder of Open vSwitch"),
  ovsSocket("db.sock", "ovsdb-server", "OVSDB, for the agent, `ovs-vsctl` and ovs-vswitchd"),
  ovsSocket("ovsdb-server.*.ctl", "ovsdb-server", "`ovs-appctl`; the number is its process's"),
  ovsSocket("ovs-vswitchd.*.ctl", "ovs-vswitchd", "`ovs-appctl`, also the agent's traces"),
  ovsSocket(`${bridge}.mgmt`, "ovs-vswitchd", "OpenFlow, for the agent and `ovs-ofctl`"),
  ovsSocket(`${bridge}.snoop`, "ovs-vswitchd", "`ovs-ofctl snoop`"),
  {
    kind: "file",
    path: `${ovsRun}/conf.db`,
    program: "ovsdb-server",
    mode: 0o640,
    purpose: "the switch's database: ports with the Pods' names and addresses",
  },
  {
    kind: "file",
    path: `${ovsRun}/.conf.db.~lock~`,
    program: "ovsdb-server",
    mode: 0o600,
    purpose: "one server a database",
  },
  {
    kind: "file",
    path: `${ovsRun}/*.pid`,
    program: "antrea-ovs",
    mode: 0o644,
    purpose: "process numbers of both daemons",
    when: aroundStops,
  },
  folder(paths.logFolder, "antrea-ovs", "logs that stay on the Node"),
  folder(ovsLog, "antrea-ovs", "logs of Open vSwitch"),
  {
    kind: "file",
    path: `${ovsLog}/ovsdb-server.log*`,
    program: "ovsdb-server",
    mode: 0o640,
    purpose: "its log; with a number, one that was put aside when full",
  },
  {
    kind: "file",
    path: `${ovsLog}/ovs-vswitchd.log*`,
    program: "ovs-vswitchd",
    mode: 0o640,
    purpose: "the same",
  },
  ...["antrea", "portmap", "bandwidth", "loopback"].map(
    (name): Place => ({
      kind: "file",
      path: `${paths.cniBinFolder}/${name}`,
      program: "install-cni",
      mode: 0o755,
      purpose: name === "antrea" ? "the CNI plugin" : "Debian's plugin of that name",
    }),
  ),
  {
    kind: "file",
    path: paths.cniConfigFile,
    program: "install-cni",
    mode: 0o644,
    purpose: "tells the container runtime of the plugins",
  },
];

const controllerUser = "65532:65532";
/** By the Pod's fsGroup: what is made in a volume belongs to the group. */
const volumeOwner = "0:65532";

/** In the controller's Pod alone, on volumes that end with it. */
export const controllerPlaces: readonly Place[] = [
  {
    kind: "folder",
    path: paths.runFolder,
    program: "kubelet",
    owner: volumeOwner,
    mode: 0o2777,
    purpose: "the volume that the Pod may write to; its root file system is read-only",
  },
  {
    kind: "folder",
    path: paths.apiFolder,
    program: "antrea-controller",
    owner: controllerUser,
    mode: 0o2755,
    purpose: "the socket for people",
  },
  {
    kind: "socket",
    path: paths.controllerApiSocket,
    program: "antrea-controller",
    owner: controllerUser,
    mode: 0o600,
    purpose: "antctl in the controller's Pod",
  },
  {
    kind: "folder",
    path: paths.controllerTlsFolder,
    program: "kubelet",
    owner: volumeOwner,
    mode: 0o3777,
    purpose:
      "the Secret `antrea-controller-tls`, mounted read-only; read where `selfSignedCert` is false",
  },
];

/** Whether a place means this path. */
export function isPlace({ path: pattern }: Place, path: string): boolean {
  const parts = pattern.split("*");
  const [first = ""] = parts;
  if (parts.length === 1) return path === pattern;
  const last = parts.at(-1) ?? "";
  const middle = path.slice(first.length, path.length - last.length);
  return (
    path.length >= first.length + last.length &&
    path.startsWith(first) &&
    path.endsWith(last) &&
    !middle.includes("/")
  );
}
