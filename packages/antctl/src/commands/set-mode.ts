import {
  formatProblem,
  type ModeChange,
  type NetworkSettings,
  networkSettingsOf,
  parseAgentConfig,
  sameSettings,
  settingsText,
  withOptions,
} from "@antrea/api";
import { CommandFailure, flag, UsageError, value } from "@antrea/command";
import { type AntctlContext, type Cluster, defineCommand, type Wait } from "../context.ts";
import { type AskedOptions, askedOptions, sharedOptions, trafficMode } from "./mode-options.ts";
import { changeRow, waitingLines } from "./get-modechange.ts";

/** How often it is looked how far the change has come, in milliseconds. */
const lookMs = 200;

export const setMode = defineCommand({
  name: "set-mode",
  summary:
    "Change the traffic mode or the tunnel of the running cluster, without losing a connection",
  description:
    "Writes the options into antrea-agent.conf of the ConfigMap antrea-config, as kubectl edit would; the controller leads the change from there, and this command tells how it goes. " +
    "Ending the command does not end the change: look with antctl get modechange, go back with --abort.",
  example: [
    "antctl set-mode hybrid",
    "antctl set-mode encap --tunnel-type vxlan",
    "antctl set-mode --mtu 1400",
    "antctl set-mode --abort",
  ],
  args: {
    ...sharedOptions,
    abort: flag("Go back to what there was before the change that is under way"),
    detach: flag("Return once it is written"),
  },
  positionals: {
    mode: value("The mode", trafficMode, { placeholder: "MODE" }),
  },
  async run({ args, positionals: { mode }, streams, signal, waitsFor, ...context }) {
    if (context.place !== "outside")
      throw new CommandFailure(
        "Run set-mode where a kubeconfig is: Pods of the network may not change its configuration.",
      );
    const cluster = await context.cluster();
    const { abort } = args;
    const asked = askedOptions({ ...args, mode });
    if (abort && Object.keys(asked).length > 0)
      throw new UsageError("--abort goes back, and takes no options beside it.");
    if (!abort && Object.keys(asked).length === 0)
      throw new UsageError(
        "Say what to change: a mode, --tunnel-type, --tunnel-port, --mtu, --transport-interface, or --abort.",
      );
    const wanted = await write(cluster, abort ? await formerSettings(cluster, { signal }) : asked, {
      signal,
    });
    if (args.detach) return [];
    const say = (line: string): void => {
      streams.stderr.write(`${line}\n`);
      waitsFor(`${line}; the change goes on by itself, as antctl get modechange says`);
    };
    return [changeRow(await follow(context, cluster, wanted, say, { signal }))];
  },
  columns: [
    { title: "CHANGE", cell: (row: ReturnType<typeof changeRow>) => row.change },
    { title: "FROM", cell: (row) => row.from },
    { title: "TO", cell: (row) => row.to },
    { title: "STEP", cell: (row) => row.step },
  ],
});

/** What the change that is under way leaves. */
async function formerSettings(cluster: Cluster, options: Wait): Promise<AskedOptions> {
  const change = await cluster.modeChange(options);
  if (change && change.spec.step !== "Done")
    return { transportInterface: "", transportInterfaceCIDRs: [], ...change.spec.from };
  throw new CommandFailure(
    `No change is under way${change ? `: change ${change.spec.number} is done` : ""}. To go back to what was before, set it: antctl set-mode ${change?.spec.from.trafficEncapMode ?? "MODE"}`,
  );
}

/** Writes the options, if they are right together with the others; gives the settings that follow. */
async function write(
  cluster: Cluster,
  options: AskedOptions,
  { signal }: Wait,
): Promise<NetworkSettings> {
  const before = await cluster.agentConfig({ signal });
  const text = withOptions(before, options);
  const parsed = parseAgentConfig(text, "antrea-agent.conf", {
    allowNoEncapWithoutAntreaProxy: true,
  });
  if (parsed.kind === "refused")
    throw new CommandFailure(
      `Nothing was written, for the configuration would be refused:\n${parsed.problems.map(formatProblem).join("\n")}`,
    );
  if (text !== before) await cluster.setAgentConfig(text, { before, signal });
  return networkSettingsOf(parsed.config);
}

/** Tells each step until all Nodes have the settings behind them. */
async function follow(
  { sleep }: Pick<AntctlContext, "sleep">,
  cluster: Cluster,
  wanted: NetworkSettings,
  say: (line: string) => void,
  { signal }: Wait,
): Promise<ModeChange> {
  let said = "";
  for (;;) {
    const change = await cluster.modeChange({ signal });
    const line = change ? progressLine(change, wanted) : "The controller has not begun yet";
    if (line !== said) say(line);
    said = line;
    if (change?.spec.step === "Done" && sameSettings(change.spec.to, wanted)) return change;
    await sleep(lookMs, { signal });
  }
}

function progressLine(change: ModeChange, wanted: NetworkSettings): string {
  const { number, step, to } = change.spec;
  if (!sameSettings(to, wanted) && step === "Done") return `Waiting for antrea-controller to begin`;
  const { ready = 0, nodes = 0 } = change.status ?? {};
  const [first, ...more] = waitingLines(change);
  const waits =
    first === undefined
      ? ""
      : `; waits for ${first}${more.length > 0 ? ` and ${more.length} more` : ""}`;
  return `Change ${number} to ${settingsText(to)}: step ${step}, ${ready} of ${nodes} Nodes${waits}`;
}
