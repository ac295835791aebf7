import { defineProgram } from "@antrea/command";
import { bench, benchModes } from "./bench.ts";
import { conformance } from "./conformance.ts";
import { globals } from "./context.ts";
import * as fabric from "./fabric.ts";
import * as lab from "./lab.ts";
import { up } from "./up.ts";
import { vm } from "./vm.ts";

/** The command line of `antrea-lab`. */
export const program = defineProgram({
  name: "antrea-lab",
  summary: "A real Kubernetes cluster on one machine, in network namespaces",
  description:
    "Several labs may run side by side; --name says which one is meant. It needs root, and nothing of it can be reached from outside the machine.",
  version: "0.1.0",
  globals,
  groups: {
    node: "Switch a Node off and on",
    fabric: "Look at and change the network below the Nodes",
    "fabric route": "The router's routes to Pod addresses",
    "fabric link": "Cables: pull, plug, damage",
  },
  commands: [
    up,
    lab.down,
    lab.status,
    lab.list,
    lab.kubeconfig,
    lab.kubectl,
    lab.exec,
    lab.logs,
    lab.walk,
    bench,
    benchModes,
    conformance,
    lab.stop,
    lab.start,
    lab.restart,
    lab.nodeOff,
    lab.nodeOn,
    fabric.fabricShow,
    fabric.routeAdd,
    fabric.routeDelete,
    fabric.routeList,
    fabric.linkUp,
    fabric.linkDown,
    fabric.linkLoss,
    fabric.mtu,
    vm,
  ],
});
