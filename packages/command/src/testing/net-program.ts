import { flag, list, oneOf, text, value, wholeNumber } from "../arg.ts";
import { commandsFor, defineProgram } from "../command.ts";
import { CommandFailure, UsageError } from "../failure.ts";

/** What the commands of the test program are given. */
export interface NetContext {
  readonly nodes: readonly { readonly name: string; readonly pods: number }[];
}
const define = commandsFor<NetContext>();

/** A small program with a command of every kind. */
export const netProgram = defineProgram<
  NetContext,
  { readonly server: ReturnType<typeof serverArg> }
>({
  name: "net",
  summary: "Looks at a network",
  version: "1.2.3",
  globals: { server: serverArg() },
  groups: { get: "Print what is known" },
  commands: [
    define({
      name: "get nodes",
      aliases: ["get no"],
      summary: "Print the Nodes",
      example: ["net get nodes", "net get nodes node-1 -o json"],
      args: {
        minPods: value("Only Nodes with so many Pods", wholeNumber(0, 99), { default: 0 }),
      },
      positionals: { node: text("Name of a Node", { placeholder: "NODE" }) },
      run: ({ nodes, args, positionals: { node } }) =>
        nodes.filter((n) => (node === undefined || n.name === node) && n.pods >= args.minPods),
      columns: [
        { title: "NODE", cell: (row) => row.name },
        { title: "PODS", cell: (row) => row.pods },
      ],
    }),
    define({
      name: "get version",
      summary: "Print the version",
      example: "net get version",
      run: () => ({ version: "1.2.3", packets: 12n }),
      text: ({ version }) => `version ${version}`,
      defaultOutput: "yaml",
    }),
    define({
      name: "check",
      summary: "Check something",
      example: "net check --mode encap --tag a --tag b",
      args: {
        mode: value("Mode", oneOf(["encap", "noEncap"]), { required: true, short: "m" }),
        tag: list("Tag", { wanted: "a tag", placeholder: "TAG", parse: (t) => t }, { short: "t" }),
        quick: flag("Be quick", { short: "q" }),
        color: flag("Use colour", { default: true }),
      },
      run: ({ args }) => args,
      text: (args) => JSON.stringify(args),
      exitCode: ({ quick }) => (quick ? 1 : 0),
    }),
    define({
      name: "exec",
      summary: "Run a program on a Node",
      example: "net exec node-1 -- ip route",
      args: { tty: flag("With a terminal", { short: "t" }) },
      positionals: { node: text("Node", { placeholder: "NODE", required: true }) },
      rest: { placeholder: "COMMAND [ARG…]", help: "what to run", isRequired: true },
      run: ({ args, positionals, rest }) => ({ tty: args.tty, node: positionals.node, rest }),
      text: (result) => JSON.stringify(result),
    }),
    define({
      name: "kubectl",
      summary: "Run kubectl",
      example: "net kubectl get pods -A",
      rest: { placeholder: "ARG…", help: "what kubectl gets", isVerbatim: true },
      run: ({ rest }) => ({ rest }),
      text: ({ rest }) => rest.join("|"),
    }),
    define({
      name: "fail",
      summary: "Fail",
      example: "net fail plain",
      positionals: { how: text("How", { required: true }) },
      run({ positionals: { how } }) {
        if (how === "usage") throw new UsageError("That was wrong.");
        if (how === "code") throw new CommandFailure("Fault found.", { exitCode: 7 });
        throw new Error("No route", { cause: new Error("the table is empty") });
      },
    }),
    define({
      name: "wait",
      summary: "Wait until stopped",
      example: "net wait",
      run({ signal, streams, waitsFor }) {
        streams.stdout.write("Waiting\n");
        waitsFor("node-1 has not come");
        return streams.clock.sleep(3_600_000, { signal });
      },
    }),
  ],
});

function serverArg() {
  return text("Where to ask", { short: "s" });
}
