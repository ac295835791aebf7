import { parseArgs } from "node:util";
import { install } from "./io/install.ts";

/** The program of the init container install-cni. Paths of the Node are mounted below /host. */
const help = `Installs the CNI plugin on a Node.

Usage: install-cni [options]
  --from DIR       folder with antrea, and maybe portmap, bandwidth, loopback (default /usr/lib/antrea/cni)
  --conflist FILE  network configuration list (default /etc/antrea/antrea-cni.conflist)
  --bin-dir DIR    where the runtime looks for plugins (default /host/opt/cni/bin)
  --conf-dir DIR   where the runtime looks for configurations (default /host/etc/cni/net.d)
  --skip PLUGIN    do not copy this one of portmap, bandwidth, loopback; may be repeated
`;

try {
  const { values } = parseArgs({
    options: {
      from: { type: "string", default: "/usr/lib/antrea/cni" },
      conflist: { type: "string", default: "/etc/antrea/antrea-cni.conflist" },
      "bin-dir": { type: "string", default: "/host/opt/cni/bin" },
      "conf-dir": { type: "string", default: "/host/etc/cni/net.d" },
      skip: { type: "string", multiple: true, default: [] },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) process.stdout.write(help);
  else {
    const lines = install({
      fromDir: values.from,
      conflistFile: values.conflist,
      binDir: values["bin-dir"],
      confDir: values["conf-dir"],
      skip: values.skip,
    });
    process.stdout.write(lines.map((line) => `install-cni: ${line}\n`).join(""));
  }
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  process.stderr.write(`install-cni: ${reason}\n`);
  process.exitCode = 1;
}
