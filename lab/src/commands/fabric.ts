import { flag, oneOf, text, value, wholeNumber } from "@antrea/command";
import { openLab } from "../io/lab.ts";
import { define } from "./context.ts";

const linkColumns = [
  { title: "SUBNET", cell: (row: Link) => row.subnet },
  { title: "CIDR", cell: (row: Link) => row.cidrs.join(" ") },
  { title: "HOST", cell: (row: Link) => row.host },
  { title: "ADDRESS", cell: (row: Link) => row.addresses.join(" ") },
  { title: "LINK", cell: (row: Link) => row.state },
  { title: "MTU", cell: (row: Link) => row.mtu },
  { title: "LOSS", cell: (row: Link) => `${row.lossPercent} %` },
];
type Link = Awaited<ReturnType<ReturnType<typeof openLab>["fabric"]["show"]>>[number];

export const fabricShow = define({
  name: "fabric show",
  summary: "Show every link of the fabric",
  example: "antrea-lab fabric show",
  run: ({ labName }) => openLab(labName).fabric.show(),
  columns: linkColumns,
});

export const routeAdd = define({
  name: "fabric route add",
  summary: "Send a network of Pod addresses to a Node, as a cloud's route table does",
  description: "Without such a route the router drops packets from and to Pod addresses.",
  example: "antrea-lab fabric route add 10.244.1.0/24 via node-2",
  positionals: {
    cidr: text("A Pod network", { placeholder: "CIDR", required: true }),
    via: value("The word via", oneOf(["via"]), { required: true }),
    node: text("The Node that has it", { placeholder: "NODE", required: true }),
  },
  run: ({ labName, positionals }) =>
    openLab(labName).fabric.addRoute(positionals.cidr, positionals.node),
});

export const routeDelete = define({
  name: "fabric route del",
  summary: "Take a route to Pod addresses away from the router",
  example: "antrea-lab fabric route del 10.244.1.0/24",
  positionals: { cidr: text("A Pod network", { placeholder: "CIDR", required: true }) },
  run: ({ labName, positionals }) => openLab(labName).fabric.removeRoute(positionals.cidr),
});

export const routeList = define({
  name: "fabric route list",
  summary: "Show which Pod addresses the router sends where",
  example: "antrea-lab fabric route list",
  run: ({ labName }) => openLab(labName).fabric.listRoutes(),
  columns: [
    { title: "CIDR", cell: (row) => row.cidr },
    { title: "VIA", cell: (row) => row.via },
    { title: "NODE", cell: (row) => row.node },
  ],
});

const target = text("A Node, or a subnet for its link to the router", {
  placeholder: "NODE|SUBNET",
  required: true,
});

export const linkUp = define({
  name: "fabric link up",
  summary: "Plug the cable of a Node or subnet in again",
  example: "antrea-lab fabric link up node-3",
  positionals: { target },
  run: ({ labName, positionals }) => openLab(labName).fabric.setLink(positionals.target, "up"),
});

export const linkDown = define({
  name: "fabric link down",
  summary: "Pull the cable of a Node, or of a subnet's link to the router",
  example: ["antrea-lab fabric link down node-3", "antrea-lab fabric link down subnet-2"],
  positionals: { target },
  run: ({ labName, positionals }) => openLab(labName).fabric.setLink(positionals.target, "down"),
});

export const linkLoss = define({
  name: "fabric link loss",
  summary: "Lose a share of the frames of a link, in each direction",
  example: ["antrea-lab fabric link loss node-3 5", "antrea-lab fabric link loss node-3 0"],
  positionals: {
    target,
    percent: value(
      "How many of a hundred",
      {
        wanted: "a number from 0 to 100",
        placeholder: "PERCENT",
        parse: (typed) =>
          /^\d+(\.\d+)?$/.test(typed) && Number(typed) <= 100 ? Number(typed) : undefined,
      },
      { required: true },
    ),
  },
  run: ({ labName, positionals }) =>
    openLab(labName).fabric.setLoss(positionals.target, positionals.percent),
});

export const mtu = define({
  name: "fabric mtu",
  summary: "Set the largest packet that a subnet carries",
  description:
    "The subnet's Nodes and router are told, unless --wire-only: then they go on sending larger packets, which the wire swallows.",
  example: [
    "antrea-lab fabric mtu subnet-1 9000",
    "antrea-lab fabric mtu subnet-2 1400 --wire-only",
  ],
  positionals: {
    subnet: text("A subnet", { placeholder: "SUBNET", required: true }),
    bytes: value("Bytes of an IP packet", wholeNumber(576, 9500), {
      required: true,
      placeholder: "BYTES",
    }),
  },
  args: { wireOnly: flag("Tell nobody") },
  run: ({ labName, positionals, args }) =>
    openLab(labName).fabric.setMtu(positionals.subnet, positionals.bytes, args),
});
