import {
  abortable,
  batcher,
  type ChangeCause,
  type ChangeLog,
  noChangeLog,
  type SentChange,
  serial,
} from "@antrea/base";
import { isActedOn, transactNumbered } from "./configure.ts";
import { isOvsdbError, OvsdbError } from "./errors.ts";
import type { OvsdbClient, Wait } from "./io/client.ts";
import { pairsOf } from "./plan/columns.ts";
import { describeOperations } from "./plan/describe.ts";
import type { DesiredPort, DesiredState } from "./plan/desired.ts";
import { planBridge } from "./plan/plan-bridge.ts";
import { planPortRemoval, planPorts } from "./plan/plan-ports.ts";
import type { Replica } from "./replica/replica.ts";
import { waitFor } from "./replica/wait-for.ts";
import { type InterfaceRow, interfaceTable, portTable } from "./schema/open-vswitch.ts";
import type { Operation } from "./transaction/operation.ts";

/**
 * Keeps one bridge: what it is itself and the ports that it always has, and single ports that come and go. Adds and removes those for callers who do not know of each other, as CNI requests.
 * What several ask for at the same time goes into one transaction, because ovs-vswitchd looks at all ports
 * anew for each.
 */
export interface PortWriter {
  /**
   * Makes the port exist as desired and resolves with its interface once ovs-vswitchd has given it an
   * OpenFlow port number. Throws `OvsdbError` "interface-error" if it could not; the row then remains,
   * until removed. An abort leaves the row too. Where the device `isComing`, that ovs-vswitchd does not
   * find it yet is no error: it looks again when the kernel tells of it.
   */
  add(
    name: string,
    port: DesiredPort,
    options: Wait & { readonly isComing?: boolean },
  ): Promise<InterfaceRow>;
  /**
   * Rewrites the external IDs of a port, and resolves once committed: ovs-vswitchd does not read them, so
   * it does not look at its ports for it. Nothing if the port is not there.
   */
  relabel(
    name: string,
    externalIds: Readonly<Record<string, string>>,
    options: Wait,
  ): Promise<void>;
  /** Resolves when the port is gone from the database; at once if it was never there. */
  remove(name: string, options: Wait): Promise<void>;
  /** Has the bridge be as desired from here on, and resolves once ovs-vswitchd has acted on it. */
  settle(desired: DesiredState, options: Wait): Promise<void>;
  /** The ports that the bridge should have besides those that it always has. */
  readonly wanted: ReadonlyMap<string, DesiredPort>;
  /**
   * Puts back what others changed of the bridge and its ports, and tells what that was: see
   * `describeOperations`. Resolves once ovs-vswitchd has acted on it.
   */
  resync(options: Wait): Promise<readonly string[]>;
}

export interface PortWriterOptions {
  readonly client: Pick<OvsdbClient, "transact" | "replica">;
  /** The bridge with the ports that it always has. */
  readonly desired: DesiredState;
  /** Ports that are there already and may go. */
  readonly ports?: ReadonlyMap<string, DesiredPort>;
  /** Ends transactions that are under way; a single caller's signal ends only its own wait. */
  readonly signal: AbortSignal;
  readonly changes?: ChangeLog;
  /** Whom a port belongs to, as in "pod:shop/cart-0", by what its Port row says. */
  readonly ownerOf?: (externalIds: ReadonlyMap<string, string>) => string;
}

interface Request {
  readonly name: string;
  /** Undefined: remove. */
  readonly port: DesiredPort | undefined;
  /** Whether ovs-vswitchd has nothing to do for it. */
  readonly isLabel?: boolean;
  readonly since: Date;
}

type Outcome =
  | { readonly configuration: number; readonly sent: SentChange }
  | { readonly error: unknown };

export function portWriter({
  client,
  desired: first,
  ports = new Map(),
  signal: ownSignal,
  changes = noChangeLog,
  ownerOf = () => "",
}: PortWriterOptions): PortWriter {
  let desired = first;
  const bridge = desired.bridge.name;
  const wanted = new Map(ports);
  const one = serial();

  function sending({ name, port, since }: Request): SentChange {
    const before = client.replica.findBy(portTable, "name", name);
    const ids = port ? pairsOf(port.externalIds) : (before?.external_ids ?? new Map());
    const sign = port ? (before ? "~" : "+") : "-";
    return changes.sending({
      kind: "port",
      owner: ownerOf(ids),
      cause: "wanted",
      added: sign === "+" ? 1 : 0,
      modified: sign === "~" ? 1 : 0,
      removed: sign === "-" ? 1 : 0,
      details: [`${sign} ${name}`],
      wantedAt: since,
    });
  }

  async function commit(requests: readonly Request[]): Promise<readonly Outcome[]> {
    const sent = requests.map(sending);
    try {
      const operations = planRequests(client.replica, requests);
      const configuration = requests.every(({ isLabel }) => isLabel)
        ? await transactUnnumbered(operations)
        : (await transactNumbered(client, operations, { signal: ownSignal })).configuration;
      for (const { name, port } of requests)
        if (port) wanted.set(name, port);
        else wanted.delete(name);
      return sent.map((each) => ({ configuration, sent: each }));
    } catch (error) {
      for (const each of sent) each.refused(error);
      if (requests.length === 1 || !isOfOneRequest(error)) return requests.map(() => ({ error }));
      const outcomes: Outcome[] = [];
      for (const request of requests) outcomes.push(...(await commit([request])));
      return outcomes;
    }
  }

  /** A new number would have ovs-vswitchd act. */
  async function transactUnnumbered(operations: readonly Operation[]): Promise<number> {
    if (operations.length > 0) await client.transact(operations, { signal: ownSignal });
    return 0;
  }

  const planRequests = (replica: Replica, requests: readonly Request[]) => {
    const added = requests.flatMap(({ name, port }) => (port ? [[name, port] as const] : []));
    const gone = requests.filter(({ port }) => !port).map(({ name }) => name);
    return [
      ...planPortRemoval(replica, bridge, gone),
      ...(added.length > 0 ? planPorts(replica, bridge, new Map(added), desired.owns) : []),
    ];
  };

  const submit = batcher<Request, Outcome>(async (requests) => {
    const outcomes = new Map<Request, Outcome>();
    for (const round of roundsOf(requests)) {
      const results = await one(() => commit(round));
      for (const [i, request] of round.entries()) outcomes.set(request, results[i] as Outcome);
    }
    return requests.map((request) => outcomes.get(request) as Outcome);
  });

  async function committed(
    request: Omit<Request, "since">,
    { signal }: Wait,
  ): Promise<Exclude<Outcome, { readonly error: unknown }>> {
    signal.throwIfAborted(); // nothing is asked for in vain
    const outcome = await abortable(submit({ ...request, since: changes.now() }), signal);
    if ("error" in outcome) throw outcome.error;
    return outcome;
  }

  /** One transaction that puts the bridge right; undefined if it is. */
  async function putRight(
    cause: ChangeCause,
    stop: AbortSignal,
  ): Promise<{ readonly lines: readonly string[]; readonly configuration: number } | undefined> {
    const whole = { ...desired, ports: new Map([...desired.ports, ...wanted]) };
    const operations = planBridge(client.replica, whole);
    if (operations.length === 0) return undefined;
    const lines = describeOperations(client.replica, operations);
    const count = (sign: string): number => lines.filter((line) => line.startsWith(sign)).length;
    const sent = changes.sending({
      kind: "bridge",
      owner: ownerOf(new Map()),
      cause,
      added: count("+"),
      modified: count("~"),
      removed: count("-"),
      details: lines,
    });
    try {
      const { configuration } = await transactNumbered(client, operations, { signal: stop });
      sent.confirmed();
      return { lines, configuration };
    } catch (error) {
      sent.refused(error);
      throw error;
    }
  }

  async function putRightAndWait(
    cause: ChangeCause,
    stop: AbortSignal,
  ): Promise<readonly string[]> {
    const done = await one(() => putRight(cause, stop));
    if (!done) return [];
    const isActed = (): true | undefined =>
      isActedOn(client.replica, done.configuration) ? true : undefined;
    await waitFor(client.replica, isActed, { signal: stop });
    return done.lines;
  }

  return {
    wanted,
    async settle(next, { signal }) {
      desired = next;
      await putRightAndWait("wanted", signal);
    },
    resync: ({ signal }) => putRightAndWait("found", signal),
    async add(name, port, { signal, isComing = false }) {
      const { configuration, sent } = await committed({ name, port }, { signal });
      try {
        const row = await waitFor(
          client.replica,
          (replica) => findReady(replica, name, { configuration, isComing }),
          { signal },
        );
        sent.confirmed();
        return row;
      } catch (error) {
        sent.refused(error);
        throw error;
      }
    },
    async relabel(name, externalIds, { signal }) {
      if (!client.replica.findBy(portTable, "name", name)) return void wanted.delete(name);
      const port = { ...wanted.get(name), externalIds };
      const { sent } = await committed({ name, port, isLabel: true }, { signal });
      sent.confirmed();
    },
    async remove(name, { signal }) {
      const { sent } = await committed({ name, port: undefined }, { signal });
      sent.confirmed();
    },
  };
}

/** The interface once it has a port number; throws if vswitchd has acted and it has none but an error. */
function findReady(
  replica: Replica,
  name: string,
  { configuration, isComing }: { readonly configuration: number; readonly isComing: boolean },
): InterfaceRow | undefined {
  const row = replica.findBy(interfaceTable, "name", name);
  const isReady = row && row.error === undefined && (row.ofport ?? -1) > 0;
  if (isReady) return row;
  if (!isActedOn(replica, configuration)) return undefined;
  if (!row) throw interfaceError(name, "it was removed meanwhile");
  if (isComing && row.error?.endsWith(noDevice)) return undefined;
  if (row.error !== undefined) throw interfaceError(name, row.error);
  return row.ofport === -1 ? throwNoPort(name) : undefined;
}

/** How ovs-vswitchd ends what it says of a device that is not there: strerror(3) of ENODEV. */
const noDevice = "(No such device)";

function throwNoPort(name: string): never {
  throw interfaceError(name, "it was given no OpenFlow port number");
}

function interfaceError(name: string, error: string): OvsdbError {
  return new OvsdbError({ code: "interface-error", interface: name, error });
}

/** Whether another transaction without the request at fault may succeed. */
function isOfOneRequest(error: unknown): boolean {
  return isOvsdbError(error, "refused") || isOvsdbError(error, "port-elsewhere");
}

/** Splits requests so that a name comes once a round, in the order asked. */
function roundsOf(requests: readonly Request[]): readonly (readonly Request[])[] {
  const rounds: Request[][] = [];
  const seen = new Map<string, number>();
  for (const request of requests) {
    const at = seen.get(request.name) ?? 0;
    seen.set(request.name, at + 1);
    (rounds[at] ??= []).push(request);
  }
  return rounds;
}
