import { planChange, type SwitchChange } from "../change.ts";
import type { Group } from "../flow/group.ts";
import type { Meter } from "../flow/meter.ts";
import type { Match } from "../match/match.ts";
import type { BundledMessage } from "../message/bundle.ts";
import type { Features } from "../message/features.ts";
import { ANY } from "../message/flow-mod.ts";
import type { FlowUpdate, MonitorFlag } from "../message/flow-monitor.ts";
import type { FlowRemoved } from "../message/flow-removed.ts";
import type { FlowFilter, FlowStats } from "../message/flow-stats.ts";
import { allGroups } from "../message/group-mod.ts";
import type { GroupStats } from "../message/group-stats.ts";
import type { Message } from "../message/messages.ts";
import { allMeters } from "../message/meter-mod.ts";
import type { MeterStats } from "../message/meter-stats.ts";
import type { FlowCounters } from "../message/oxs.ts";
import type { PacketIn } from "../message/packet-in.ts";
import type { PacketOut } from "../message/packet-out.ts";
import type { PortDescription, PortStatus } from "../message/port.ts";
import type { PortStats } from "../message/port-stats.ts";
import type { TableStats } from "../message/table-stats.ts";
import { type AskerParts, createAsker, type WaitOptions } from "./asker.ts";
import { batch } from "./batch.ts";
import { bundle } from "./bundle.ts";
import type { OpenFlowError } from "./failure.ts";
import type { Listeners } from "./listeners.ts";
import { request } from "./request.ts";

/** A bridge that answers. Everything that waits rejects with an `OpenFlowError`, or when aborted. */
export interface SwitchConnection extends AsyncDisposable {
  readonly features: Features;

  /** The flows that the switch has, all of them or those that the filter takes. */
  dumpFlows(filter?: FlowFilter, options?: WaitOptions): Promise<readonly FlowStats[]>;
  countFlows(filter?: FlowFilter, options?: WaitOptions): Promise<FlowCounters>;
  /** A group of more than 500 buckets comes back without its buckets: see the README's limits. */
  dumpGroups(options?: WaitOptions): Promise<readonly Group[]>;
  dumpMeters(options?: WaitOptions): Promise<readonly Meter[]>;
  ports(options?: WaitOptions): Promise<readonly PortDescription[]>;
  groupStats(options?: WaitOptions): Promise<readonly GroupStats[]>;
  meterStats(options?: WaitOptions): Promise<readonly MeterStats[]>;
  portStats(options?: WaitOptions): Promise<readonly PortStats[]>;
  tableStats(options?: WaitOptions): Promise<readonly TableStats[]>;

  /** Flows and groups in one atomic bundle; new meters before it, old ones after it. */
  apply(change: SwitchChange, options?: WaitOptions): Promise<void>;
  /** All of these in this order, or none. */
  bundle(messages: readonly BundledMessage[], options?: WaitOptions): Promise<void>;
  /** These in this order; resolves when all are done, rejects with those that were refused. */
  sendAll(messages: readonly Message[], options?: WaitOptions): Promise<void>;
  /** One message and the parts of its reply, for what has no method here. */
  request(message: Message, options?: WaitOptions): Promise<readonly Message[]>;
  /** Resolves when the switch has done all that was sent before. */
  barrier(options?: WaitOptions): Promise<void>;
  packetOut(packet: Omit<PacketOut, "kind">): void;
  /** Lets a paused packet go on, with the changes that were made to it. */
  resume(packet: PacketIn): void;

  /** Each gives back how to stop listening. */
  onPacketIn(listener: (packet: PacketIn) => void): () => void;
  onPortStatus(listener: (status: PortStatus) => void): () => void;
  onFlowRemoved(listener: (removed: FlowRemoved) => void): () => void;
  /**
   * Hears of every flow that is there ("initial"), and of all changes from then on: those made here in
   * short form, those of other monitors too. `flags` says which of these, and whether with actions;
   * all if absent.
   */
  monitorFlows(
    listener: (update: FlowUpdate) => void,
    options?: WaitOptions & {
      readonly match?: Match;
      readonly table?: number;
      readonly flags?: readonly MonitorFlag[];
    },
  ): Promise<() => void>;

  /** Resolves with the reason when the connection is over; never rejects. */
  readonly closed: Promise<OpenFlowError>;
  close(): Promise<void>;
}

/** What a connection is made of. */
export interface ConnectionParts extends AskerParts {
  readonly features: Features;
  readonly closed: Promise<OpenFlowError>;
  readonly listeners: {
    readonly packets: Listeners<PacketIn>;
    readonly ports: Listeners<PortStatus>;
    readonly removals: Listeners<FlowRemoved>;
    readonly updates: Listeners<FlowUpdate>;
  };
}

const everything: readonly MonitorFlag[] = ["initial", "add", "removed", "modify", "instructions"];

/**
 * A description of more than 64 KB makes ovs-vswitchd 3.1 abort when all groups are asked for, and
 * sends a wrong length when one is. This many buckets of 128 bytes are surely below.
 */
const DESCRIBABLE_BUCKETS = 500;

function undescribed(id: number): Group {
  return { id, type: "select", buckets: [] };
}

export function connectionOf(parts: ConnectionParts): SwitchConnection {
  const { features, session, line, closed, listeners } = parts;
  const { perform, ask, askOne, list } = createAsker(parts);
  let nextBundle = 1;
  let nextMonitor = 1;

  function tell(message: Message): void {
    session.send(message);
    line.flush();
  }

  const connection: SwitchConnection = {
    features,
    closed,
    dumpFlows: (filter = {}, options) =>
      list({ kind: "flowStatsRequest", filter }, "flowStatsReply", options),
    countFlows: (filter = {}, options) =>
      askOne({ kind: "aggregateRequest", filter }, "aggregateReply", options),
    async dumpGroups(options) {
      const groups = await connection.groupStats(options);
      const describe = (group: number) =>
        list({ kind: "groupDescRequest", group }, "groupDescReply", options);
      if (groups.every((one) => one.buckets.length <= DESCRIBABLE_BUCKETS))
        return await describe(allGroups);
      const parts = groups.map(({ group, buckets }) =>
        buckets.length <= DESCRIBABLE_BUCKETS
          ? describe(group)
          : Promise.resolve([undescribed(group)]),
      );
      return (await Promise.all(parts)).flat();
    },
    dumpMeters: (options) =>
      list({ kind: "meterConfigRequest", meter: allMeters }, "meterConfigReply", options),
    ports: (options) => list({ kind: "portDescRequest", ofPort: ANY }, "portDescReply", options),
    groupStats: (options) =>
      list({ kind: "groupStatsRequest", group: allGroups }, "groupStatsReply", options),
    meterStats: (options) =>
      list({ kind: "meterStatsRequest", meter: allMeters }, "meterStatsReply", options),
    portStats: (options) =>
      list({ kind: "portStatsRequest", ofPort: ANY }, "portStatsReply", options),
    tableStats: (options) => list({ kind: "tableStatsRequest" }, "tableStatsReply", options),

    async apply(change, options) {
      const plan = planChange(change);
      if (plan.before.length > 0) await connection.sendAll(plan.before, options);
      if (plan.bundle.length > 0) await connection.bundle(plan.bundle, options);
      if (plan.after.length > 0) await connection.sendAll(plan.after, options);
    },
    bundle: (messages, options) =>
      perform((outcome) => bundle(nextBundle++, messages, outcome), options),
    sendAll: (messages, options) => perform((outcome) => batch(messages, outcome), options),
    request: ask,
    barrier: (options) => perform((outcome) => batch([], outcome), options),
    packetOut: (packet) => tell({ kind: "packetOut", ...packet }),
    resume: (packet) => tell({ ...packet, kind: "resume" }),

    onPacketIn: listeners.packets.add,
    onPortStatus: listeners.ports.add,
    onFlowRemoved: listeners.removals.add,
    async monitorFlows(listener, { match = [], table, flags = everything, ...options } = {}) {
      const id = nextMonitor++;
      const common = { kind: "flowMonitorRequest", id, match } as const;
      const which = table === undefined ? {} : { table };
      const add: Message = { ...common, ...which, command: "add", flags };
      let remove = () => {};
      await perform<readonly Message[]>(
        (outcome) =>
          request(add, outcome, (part) => {
            remove(); // once, at the last part
            remove = listeners.updates.add(listener);
            if (part.kind === "flowMonitorReply") part.items.forEach(listener);
          }),
        options,
      );
      return () => {
        remove();
        tell({ ...common, command: "delete", flags: [] });
      };
    },

    async close() {
      session.close("we closed it");
      await closed;
    },
    [Symbol.asyncDispose]: () => connection.close(),
  };
  return connection;
}
