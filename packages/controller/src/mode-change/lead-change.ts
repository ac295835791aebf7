import { isDeepStrictEqual } from "node:util";
import {
  apiVersionOfKind,
  formatProblem,
  type ModeChange,
  modeChangeKind,
  type NodeView,
  networkSettingsOf,
  objectNames,
  parseAgentConfig,
} from "@antrea/api";
import { type BackOff, type Clock, type Logger } from "@antrea/base";
import { isKubeError, type KubeClient, type Note, type Store } from "@antrea/kube";
import { type ModeChangeRecord, modeChanges } from "../cluster/records.ts";
import { changeText, nextModeChange, type WantedSettings } from "@antrea/pipeline/mode";

export interface LeadChangeDeps {
  readonly client: Pick<KubeClient, "apply">;
  readonly nodes: Pick<Store<NodeView>, "values" | "onChange">;
  readonly changes: Pick<Store<ModeChangeRecord>, "get" | "onChange">;
  /** The text of `antrea-agent.conf`, of the one ConfigMap that there is. */
  readonly configs: Pick<Store<string>, "values" | "onChange">;
  readonly note: (note: Note) => void;
  readonly backOff: BackOff;
  readonly clock: Clock;
  readonly log: Logger;
}

/** News of many Nodes become one write, in milliseconds. */
const gatherMs = 30;
/** How often a change that is under way is looked at without news, in milliseconds: progress is written once in a while. */
const lookMs = 250;

/** Leads changes of the settings that all Nodes share, from the ConfigMap to every Node, until the signal. */
export async function leadModeChanges(deps: LeadChangeDeps, signal: AbortSignal): Promise<void> {
  const { nodes, changes, configs, clock, log } = deps;
  let news = Promise.withResolvers<void>();
  const stops = [nodes, changes, configs].map((store) => store.onChange(() => news.resolve()));
  signal.addEventListener("abort", () => news.resolve(), { once: true });
  /** The version on which the last write was based: what is older than that write is not looked at. */
  let base: string | undefined;
  const progress = progressWrites(clock);
  news.resolve();
  try {
    for (let failures = 0; !signal.aborted; ) {
      const current = changes.get(objectNames.modeChange);
      const isUnderWay = current !== undefined && current.value.spec.step !== "Done";
      if (isUnderWay) await Promise.race([news.promise, clock.sleep(lookMs, { signal })]);
      else await news.promise;
      await clock.sleep(gatherMs, { signal });
      news = Promise.withResolvers();
      try {
        base = await look(deps, { base, progress }, signal);
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        // somebody else has written meanwhile: it is looked at anew when that arrives
        if (!isKubeError(error, "conflict"))
          log.warn("Could not write the ModeChange, will retry", { err: error });
        await clock.sleep(deps.backOff.delayMs(++failures), { signal });
        news.resolve();
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    for (const stop of stops) stop();
  }
}

/** How often progress within a step is written at most, in milliseconds: every agent is sent what is written. */
const progressMs = 1_000;

interface LookState {
  readonly base: string | undefined;
  readonly progress: ReturnType<typeof progressWrites>;
}

/** Lets news of Nodes through once in a while during a step, which is looked at again soon. */
function progressWrites(clock: Clock) {
  let writtenAt = Number.NEGATIVE_INFINITY;
  return {
    mayWrite({ spec }: ModeChange): boolean {
      if (spec.step !== "Done" && clock.now() - writtenAt < progressMs) return false;
      writtenAt = clock.now();
      return true;
    },
  };
}

/** Writes what should stand there, if it does not; gives the version that its write has made old, until that is seen. */
async function look(
  { client, nodes, changes, configs, note, clock, log }: LeadChangeDeps,
  { base, progress }: LookState,
  signal: AbortSignal,
): Promise<string | undefined> {
  const record = changes.get(objectNames.modeChange);
  if (base !== undefined && record?.version === base) return base; // our write is on its way to us
  const wanted = wantedSettings([...configs.values()][0]);
  if (!wanted) return undefined;
  const current = record?.value;
  const next = nextModeChange({
    ...{ current, wanted },
    nodes: [...nodes.values()],
    wallTime: clock.wallTime(),
  });
  if (!next || isDeepStrictEqual(next, current)) return undefined;
  if (current && isDeepStrictEqual(next.spec, current.spec) && !progress.mayWrite(next))
    return undefined;
  const { kind } = modeChangeKind;
  const { modeChange: name } = objectNames;
  const object = {
    apiVersion: apiVersionOfKind(modeChangeKind),
    kind,
    metadata: record ? { name, uid: record.uid, resourceVersion: record.version } : { name },
    ...next,
  };
  const fieldManager = objectNames.controller;
  const answer = await client.apply(modeChanges, object, { fieldManager, force: true, signal });
  const { spec } = next;
  if (spec.step !== current?.spec.step || spec.number !== current.spec.number) {
    log.info("The traffic mode changes", { change: changeText(spec) });
    tellPeople(note, spec, answer.metadata?.uid);
  }
  const before = record?.version;
  return answer.metadata?.resourceVersion === before ? undefined : before;
}

function tellPeople(
  note: LeadChangeDeps["note"],
  spec: ModeChange["spec"],
  uid: string | undefined,
): void {
  if (spec.number === 1) return; // nothing has changed: the cluster is new
  note({
    regarding: {
      apiVersion: apiVersionOfKind(modeChangeKind),
      kind: modeChangeKind.kind,
      name: objectNames.modeChange,
      uid: uid ?? "",
    },
    type: "Normal",
    reason: spec.step === "Done" ? "ModeChanged" : "ModeChanging",
    message: changeText(spec),
  });
}

/** Undefined while there is no ConfigMap: who has none was not installed by the manifest, and is led nowhere. */
function wantedSettings(text: string | undefined): WantedSettings | undefined {
  if (text === undefined) return undefined;
  const parsed = parseAgentConfig(text, objectNames.agentConfigKey, {
    allowNoEncapWithoutAntreaProxy: true, // each agent knows whether it may
  });
  return parsed.kind === "accepted"
    ? { settings: networkSettingsOf(parsed.config) }
    : { problem: parsed.problems.map(formatProblem).join("\n") };
}
