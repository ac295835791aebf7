import { serial } from "@antrea/base";
import { flowModOf } from "@antrea/openflow";
import { cookieOf, endedOwner, type NodeNetwork, tables } from "@antrea/pipeline";
import type { SwitchConnection } from "../bridge/switch-link.ts";
import type { PolicyRoom } from "../policy/policy-room.ts";
import { endingOf } from "./ending.ts";
import {
  type ConnectionChoice,
  countForbidden,
  type ForbiddenConnection,
  type ForbiddenCount,
  forbiddenBy,
} from "./forbidden.ts";
import { type LiveConnectionsDeps, liveConnections } from "./live-connections.ts";
import { StandingRulesBuilder } from "./standing-rules.ts";

type Wait = { readonly signal: AbortSignal };

export interface ConnectionEnderDeps extends LiveConnectionsDeps {
  readonly session: {
    connection(options: Wait): Promise<Pick<SwitchConnection, "dumpCounted" | "sendAll">>;
  };
  readonly rules: Pick<PolicyRoom, "rulesInForce" | "settle" | "standingOf" | "state">;
  readonly network: () => NodeNetwork;
  /** Resolves when no packet goes by what flows said before. */
  readonly settleDatapath: (options: Wait) => Promise<void>;
  /** Lets others have their turn. */
  readonly pause: () => Promise<void>;
}

/** What was looked at, and what of it rules in force forbid. */
export interface EndedConnections {
  readonly lookedAt: number;
  readonly forbidden: readonly ForbiddenCount[];
  /** Ended, but the answering side could bring them back: guards of others were too many. */
  readonly unguarded: number;
}

/** Ends connections that began when rules let them, and now would not be let begin. */
export interface ConnectionEnder {
  /** One call after the other. With `isDryRun` it counts, and ends nothing. */
  end(
    choice: ConnectionChoice & { readonly isDryRun?: boolean },
    options: Wait,
  ): Promise<EndedConnections>;
}

/** How much is done in one turn: some milliseconds, in which the agent does nothing else. */
const perTurn = { rules: 100, connections: 1_000 } as const;
/** How many guards the switch is to have at most: some megabytes. */
export const guardLimit = 16_384;

export function connectionEnder(deps: ConnectionEnderDeps): ConnectionEnder {
  const { rules, network, session, settleDatapath, pause } = deps;
  const one = serial();

  async function standingRules(): Promise<StandingRulesBuilder> {
    const builder = new StandingRulesBuilder();
    let taken = 0;
    for (const key of [...rules.rulesInForce()]) {
      const wish = rules.state.find(key);
      if (wish) builder.add(key, wish, rules.standingOf(key));
      if (++taken % perTurn.rules === 0) await pause();
    }
    return builder;
  }

  async function find(choice: ConnectionChoice, options: Wait) {
    const standing = await standingRules();
    const found: ForbiddenConnection[] = [];
    let lookedAt = 0;
    for await (const connection of liveConnections(deps, options)) {
      const forbidden = forbiddenBy(connection, choice, standing, network());
      if (forbidden) found.push(forbidden);
      if (++lookedAt % perTurn.connections === 0) await pause();
    }
    return { found, lookedAt };
  }

  /** Gives how many could not be guarded. */
  async function endAll(found: readonly ForbiddenConnection[], options: Wait): Promise<number> {
    if (found.length === 0) return 0;
    const connection = await session.connection(options);
    let room = guardLimit - (await countGuards(connection, options));
    let unguarded = 0;
    for (let at = 0; at < found.length; at += perTurn.connections) {
      const messages = found.slice(at, at + perTurn.connections).flatMap((forbidden) => {
        const { guards, forgetting } = endingOf(forbidden);
        const isGuarded = guards.length <= room;
        if (isGuarded) room -= guards.length;
        else unguarded++;
        return [...(isGuarded ? guards.map((flow) => flowModOf("add", flow)) : []), forgetting];
      });
      await connection.sendAll(messages, options);
      await pause();
    }
    return unguarded;
  }

  return {
    end: ({ isDryRun = false, ...choice }, options) =>
      one(async () => {
        await rules.settle();
        if (!isDryRun) await settleDatapath(options);
        const { found, lookedAt } = await find(choice, options);
        const unguarded = isDryRun ? 0 : await endAll(found, options);
        const forbidden = countForbidden(found, rules.state.findPlace);
        return { lookedAt, forbidden, unguarded };
      }),
  };
}

async function countGuards(
  { dumpCounted }: Pick<SwitchConnection, "dumpCounted">,
  options: Wait,
): Promise<number> {
  const cookie = cookieOf("NetworkPolicy", endedOwner);
  const dumps = [tables.EgressSecurityClassifier, tables.AntreaPolicyEgressRule].map(({ id }) =>
    dumpCounted({ table: id, ...options }),
  );
  return (await Promise.all(dumps)).flat().filter(({ flow }) => flow.cookie === cookie).length;
}
