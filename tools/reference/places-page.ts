import { carried, controllerPlaces, listeners, type Place, places } from "@antrea/api";
import { code, page, table } from "./markdown.ts";

/** The page docs/reference/files-and-ports.md: what our programs open on a Node. */
export function placesPage(): string {
  return page(
    "# Files, sockets and ports",
    "Printed from `packages/api/src/places.ts`; do not edit here. A test compares it with the Nodes and the controllers' Pods of a real cluster: nothing of ours listens that is not here, and no file is there with another owner or mode.",
    "## Ports",
    table(
      ["program", "address", "TCP port", "who may", "purpose"],
      listeners.map(({ program, address, port, option, protection, purpose }) => [
        program,
        addressWords[address],
        option ? `${code(port)} (${code(option)})` : code(port),
        protection,
        purpose,
      ]),
    ),
    "## Between Nodes",
    "No program listens for these: the datapath takes them from the uplink, or, with its datapath, the kernel does: `ss -lunp` shows its sockets of UDP 6081 and 4789 without a process. Firewalls between Nodes have to let them pass.",
    table(
      ["packets", "moved by", "when"],
      carried.map(({ packets, option, when }) => [packets, option ? code(option) : "", when]),
    ),
    "## On a Node",
    "Paths as they are on the Node; Pods see `/var/run/antrea/openvswitch` as `/var/run/openvswitch`, and `/opt/cni/bin` and `/etc/cni/net.d` below `/host`. All belong to root:root.",
    placeTable(places),
    "## In the controller's Pod",
    placeTable(controllerPlaces),
    "## Read only",
    "The ConfigMap in `/etc/antrea`, the ServiceAccount's token, `/var/run/netns` and `/proc/sys/net` (the agent, which writes the sysctls of its devices), `/dev/net/tun` and `/lib/modules` (Open vSwitch). The agent and Open vSwitch speak netlink with the kernel, and use packet sockets on the devices of the bridge.",
  );
}

const addressWords = {
  "*": "every address of the Node",
  "127.0.0.1": "127.0.0.1 of the Node",
  POD: "that of its Pod, which is on the Node's network",
} as const;

function placeTable(rows: readonly Place[]): string {
  return table(
    ["path", "kind", "owner", "mode", "made by", "purpose"],
    rows.map(({ path, kind, owner = "root:root", mode, program, purpose, when }) => [
      code(path),
      kind,
      owner,
      mode.toString(8),
      program,
      when === undefined ? purpose : `${purpose}; ${when}`,
    ]),
  );
}
