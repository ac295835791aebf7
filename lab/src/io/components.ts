import { nearest } from "@antrea/base";
import { LabError } from "../errors.ts";
import { defaultOptions } from "../options.ts";
import type { RecordFile } from "../record/io/record-file.ts";
import {
  type ComponentRecord,
  findComponent,
  type LabRecord,
  withComponent,
} from "../record/record.ts";
import { requireRunning, startDaemon } from "./daemon.ts";
import { isAlive, signalProcess } from "./process-table.ts";
import { waitFor } from "./wait.ts";

/** Kills a program of the lab, and leaves it down until it is started; throws if it does not run. */
export async function stopComponent(record: RecordFile, name: string): Promise<void> {
  const found = requireComponent(record, name);
  if (!isAlive(found.process))
    throw new LabError({
      saw: found.isStopped ? `${name} is stopped already` : `${name} has ended by itself`,
      wanted: "a program that runs",
      remedy: `start it with: ${commandLine(record.get(), "start", name)}`,
    });
  // First the record: whoever looks meanwhile must not take the lab for a crashed one.
  record.update((r) => withComponent(r, { ...found, isStopped: true }));
  await end(found);
}

/** Starts a program of the lab that is down, as it was; throws if it runs. */
export function startComponent(record: RecordFile, name: string): void {
  const found = requireComponent(record, name);
  if (isAlive(found.process))
    throw new LabError({
      saw: `${name} runs already, as process ${found.process.pid}`,
      wanted: "a program that is down",
      remedy: `to have it started anew: ${commandLine(record.get(), "restart", name)}`,
    });
  startAgain(record, found);
}

/** Stops a program of the lab, if it runs, and starts it as it was. */
export async function restartComponent(record: RecordFile, name: string): Promise<void> {
  const found = requireComponent(record, name);
  if (isAlive(found.process)) await stopComponent(record, name);
  startComponent(record, name);
}

/** Starts all that was stopped, and gives its names. */
export function startStopped(record: RecordFile): readonly string[] {
  const stopped = record.get().components.filter((c) => c.isStopped && !isAlive(c.process));
  for (const component of stopped) startAgain(record, component);
  return stopped.map(({ name }) => name);
}

/** How often a program may end while others wait for what it does. */
const mostEnds = 5;

/**
 * Gives what starts programs again that have ended. Those of a control plane give up where the API server is
 * slow to become healthy, and count on being started again; without them nothing that is waited for comes.
 * It throws what a program said last that ends again and again.
 */
export function tending(record: RecordFile, names: readonly string[]): () => void {
  const ends = new Map<string, number>();
  return () => {
    for (const name of names) {
      const found = findComponent(record.get(), name);
      if (!found || found.isStopped || isAlive(found.process)) continue;
      const count = (ends.get(name) ?? 0) + 1;
      if (count > mostEnds) requireRunning(record, name);
      ends.set(name, count);
      startAgain(record, found);
    }
  };
}

function startAgain(record: RecordFile, component: ComponentRecord): void {
  const { process: _earlier, isStopped: _down, ...spec } = component;
  startDaemon(spec, record);
}

async function end({ name, process }: ComponentRecord): Promise<void> {
  signalProcess(process, "SIGKILL");
  await waitFor(() => (isAlive(process) ? undefined : true), {
    what: `${name} to end`,
    timeoutMs: 10_000,
    everyMs: 10,
    remedy: "run the same command again",
  });
}

/** The component of this name, running or not. */
function requireComponent(record: RecordFile, name: string): ComponentRecord {
  const { components } = record.get();
  const found = findComponent(record.get(), name);
  if (found) return found;
  const names = components.map((c) => c.name);
  const close = nearest(name, names);
  throw new LabError({
    saw: `No program of this lab is called "${name}"`,
    wanted: `one of ${names.join(", ") || "the programs: none has been started yet"}`,
    remedy: close ? `did you mean ${close}?` : "look with: ./antrea-lab status",
  });
}

/** What a person types to do this to a program of this lab. */
function commandLine({ plan }: LabRecord, verb: string, component: string): string {
  const option = plan.name === defaultOptions.name ? "" : ` --name ${plan.name}`;
  return `./antrea-lab${option} ${verb} ${component}`;
}
