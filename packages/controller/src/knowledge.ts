import type { ControllerConfig } from "@antrea/api";
import { type Clock, exponentialBackOff, type Logger } from "@antrea/base";
import type { KubeClient } from "@antrea/kube";
import { type ClusterSource, clusterSource } from "./cluster/source.ts";
import type { Identity } from "./controller-info/status.ts";
import { type PolicyServing, policyServing } from "./policies/serve-policies.ts";
import { optionalInputs, type Watched } from "./policies/source.ts";

export interface KnowledgeDeps {
  readonly config: ControllerConfig;
  readonly identity: Identity;
  readonly client: KubeClient;
  /** Kinds that every controller watches, the leading one or not. */
  readonly watched: readonly Watched[];
  /** No other knowledge has it, of this controller or of another one. */
  readonly counter: string;
  /** A Node confirmed a policy this long after it was told. */
  readonly onConfirmed: (tookMs: number) => void;
  readonly random: () => number;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What a leader knows of the cluster, kept up to date from its first term to `close`. */
export interface Knowledge {
  readonly source: ClusterSource;
  readonly policies: PolicyServing;
  close(): Promise<void>;
}

export function knowledge(deps: KnowledgeDeps): Knowledge {
  const source = clusterSource(deps);
  const policies = policyServing({
    ...deps,
    optional: optionalInputs(deps.config.featureGates),
    backOff: exponentialBackOff({ firstMs: 100, maxMs: 30_000, random: deps.random }),
    log: deps.log.child("policies"),
  });
  return {
    source,
    policies,
    async close() {
      await policies.close();
      await Promise.all(Object.values(source).map((one) => one.stop()));
    },
  };
}

/** A controller that does not lead keeps what it knows for so long, in milliseconds. */
const keepMs = 60_000;

/** What is known in one term, for the next one. */
export interface KeptKnowledge {
  /** What to go by in a term; `isUnbroken`: nobody else can have led since the term before. */
  open(isUnbroken: boolean): Promise<Knowledge>;
  /** The term is over: another one may begin soon. */
  put(): void;
  /** Forgets it. */
  close(): Promise<void>;
}

export function keptKnowledge(
  make: (term: number) => Knowledge,
  { clock }: { readonly clock: Clock },
): KeptKnowledge {
  let kept: Knowledge | undefined;
  let terms = 0;
  let forgetting = new AbortController();

  async function close(): Promise<void> {
    forgetting.abort();
    const one = kept;
    kept = undefined;
    await one?.close();
  }

  return {
    async open(isUnbroken) {
      forgetting.abort();
      if (!isUnbroken) await close();
      kept ??= make(++terms);
      return kept;
    },
    put() {
      forgetting = new AbortController();
      clock.sleep(keepMs, { signal: forgetting.signal }).then(close, () => {}); // it is wanted again
    },
    close,
  };
}
