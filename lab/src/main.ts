import { startLab } from "./io/start-lab.ts";
import { progress } from "@antrea/command";
import { systemClock } from "@antrea/base/io";
import { openLab } from "./io/lab.ts";
import { runAttached } from "./io/command.ts";

const sink = { write: (t: string) => void process.stderr.write(t), isTerminal: false, width: 100 };
const [verb = "", ...rest] = process.argv.slice(2);
if (verb === "up") {
  const lab = await startLab(
    { cni: "bridge", install: false, nodes: Number(rest[0] ?? 4), kubeAssets: "/tmp/gob/out" },
    { progress: (o) => progress(o, { sink, clock: systemClock }) },
  );
  console.log(lab.kubeconfig);
  process.exit(0);
} else if (verb === "down") await openLab("lab").down();
else if (verb === "kubectl") process.exit(await runAttached(openLab("lab").kubectlArgv(rest)));
