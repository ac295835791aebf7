import { flag, text, value, wholeNumber } from "@antrea/command";
import { allStatus, componentStatus, logFiles } from "../io/inspect.ts";
import { openLab, requireRecord } from "../io/lab.ts";
import { runAttached } from "../io/command.ts";
import { shellOn } from "../io/shell.ts";
import { takeDown } from "../io/take-down.ts";
import { walk as walkLab } from "../walk/io/walk.ts";
import { formatWalk } from "../walk/report.ts";
import { define } from "./context.ts";

export const down = define({
  name: "down",
  summary: "End a lab and remove all that it made",
  description:
    "Ends the lab's own processes and removes its namespaces, mounts, cgroups, links and files; with the last lab of the machine the settings that kubelet changed go back to what they were.",
  example: ["antrea-lab down", "antrea-lab down --name plain", "antrea-lab down --all"],
  args: { all: flag("All labs of this machine") },
  run: ({ args, labName }) => takeDown(args.all ? undefined : labName),
  text: ({ removed }) =>
    removed.length > 0 ? `Removed: ${removed.join(", ")}` : "There was nothing to remove.",
});

export const status = define({
  name: "status",
  summary: "Show the programs of a lab and whether they run",
  example: ["antrea-lab status", "antrea-lab status -o json"],
  run: ({ labName }) => componentStatus(requireRecord(labName)),
  rows: (result) => result.components,
  columns: [
    { title: "COMPONENT", cell: (row) => row.name },
    { title: "STATE", cell: (row) => row.state },
    { title: "PID", cell: (row) => row.pid },
    { title: "MEMORY", cell: (row) => row.memory },
    { title: "LOG", cell: (row) => row.log },
  ],
  text: ({ name, phase, createdAt, kubeconfig }) =>
    `Lab "${name}" is ${phase}, made ${createdAt}; KUBECONFIG=${kubeconfig}`,
  exitCode: ({ components }) => (components.every((c) => c.state === "running") ? 0 : 1),
});

export const list = define({
  name: "list",
  summary: "Show the labs of this machine",
  example: "antrea-lab list",
  run: () => allStatus(),
  columns: [
    { title: "NAME", cell: (row) => row.name },
    { title: "STATE", cell: (row) => row.state },
    { title: "NODES", cell: (row) => row.nodes },
    { title: "CNI", cell: (row) => row.cni },
    { title: "MODE", cell: (row) => row.mode },
    { title: "KUBECONFIG", cell: (row) => row.kubeconfig },
  ],
});

export const kubeconfig = define({
  name: "kubeconfig",
  summary: "Print the path of the lab's kubeconfig",
  example: "antrea-lab kubeconfig",
  run: ({ labName }) => openLab(labName).kubeconfig,
  text: (path) => path,
});

export const kubectl = define({
  name: "kubectl",
  summary: "Run the stock kubectl against the lab",
  example: ["antrea-lab kubectl get nodes -o wide", "antrea-lab --name blue kubectl get pods -A"],
  rest: { placeholder: "ARG…", help: "what kubectl gets", isVerbatim: true },
  async run({ labName, rest }) {
    return { code: await runAttached(openLab(labName).kubectlArgv(rest)) };
  },
  exitCode: ({ code }) => code,
  text: () => "",
});

export const exec = define({
  name: "exec",
  summary: "Run a program in the namespaces of a Node; without one, a shell",
  description:
    "Beside the Nodes there are: control-plane, outside (a host beyond the router that is no Node), router and fabric (where the bridges are).",
  example: [
    "antrea-lab exec node-1",
    "antrea-lab exec node-2 -- ip route",
    "antrea-lab exec fabric -- tcpdump -ni node-3 -c 5",
  ],
  positionals: { place: text("A Node or another place", { placeholder: "NODE", required: true }) },
  rest: { placeholder: "CMD…", help: "what to run there" },
  run: async ({ labName, positionals, rest }) => ({
    code: await shellOn(requireRecord(labName), positionals.place, rest),
  }),
  exitCode: ({ code }) => code,
  text: () => "",
});

export const logs = define({
  name: "logs",
  summary: "Print what a program of the lab, or all of a Node, has said",
  example: [
    "antrea-lab logs kube-apiserver",
    "antrea-lab logs node-1 --tail 50",
    "antrea-lab logs node-1/kubelet --follow",
  ],
  positionals: {
    component: text("As `status` names it, or a Node", {
      placeholder: "COMPONENT|NODE",
      required: true,
    }),
  },
  args: {
    tail: value("How many lines of each", wholeNumber(0), { default: 100 }),
    follow: flag("Go on with what is said from now on", { short: "f" }),
  },
  async run({ labName, positionals, args }) {
    const files = logFiles(requireRecord(labName), positionals.component);
    const follow = args.follow ? ["--follow"] : [];
    return { code: await runAttached(["tail", `--lines=${args.tail}`, ...follow, ...files]) };
  },
  exitCode: ({ code }) => code,
  text: () => "",
});

export const walk = define({
  name: "walk",
  summary: "Start Pods on every Node and show, for each pair, which path they take and how fast",
  description:
    "For each pair the agent's answer (local, direct, tunnel) is held against what is seen on the fabric's links while the Pods ping each other. If they differ, the command fails.",
  example: ["antrea-lab walk", "antrea-lab walk -o json"],
  run: ({ labName, progress, signal }) => walkLab(openLab(labName), { progress, signal }),
  text: formatWalk,
  exitCode: ({ faults }) => (faults.length > 0 ? 1 : 0),
});

const node = text("A Node", { placeholder: "NODE", required: true });

export const nodeOff = define({
  name: "node off",
  summary: "Pull a Node's plug: its programs, Pods and network are gone at once, its disk stays",
  example: "antrea-lab node off node-3",
  positionals: { node },
  run: ({ labName, positionals }) => openLab(labName).powerOff(positionals.node),
});

export const nodeOn = define({
  name: "node on",
  summary: "Boot a Node that was switched off",
  example: "antrea-lab node on node-3",
  positionals: { node },
  run: ({ labName, positionals }) => openLab(labName).powerOn(positionals.node),
});

const component = text("As `status` names it", { placeholder: "COMPONENT", required: true });

export const stop = define({
  name: "stop",
  summary: "Kill a program of the lab and leave it down",
  description:
    "The program gets no warning (SIGKILL); `status` shows it as stopped. `start` brings it back, and so does `up`; `down` ends the lab as ever.",
  example: ["antrea-lab stop kube-apiserver", "antrea-lab --name blue stop node-1/kubelet"],
  positionals: { component },
  run: ({ labName, positionals }) => openLab(labName).stop(positionals.component),
});

export const start = define({
  name: "start",
  summary: "Start a program of the lab that is down",
  description: "It is started just as `up` did; its log goes on where it ended.",
  example: ["antrea-lab start kube-apiserver", "antrea-lab --name blue start node-1/kubelet"],
  positionals: { component },
  run: ({ labName, positionals }) => openLab(labName).start(positionals.component),
});

export const restart = define({
  name: "restart",
  summary: "Kill a program of the lab, if it runs, and start it anew",
  example: ["antrea-lab restart node-1/kubelet", "antrea-lab restart kube-apiserver"],
  positionals: { component },
  run: ({ labName, positionals }) => openLab(labName).restart(positionals.component),
});
