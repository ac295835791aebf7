/** One thing that must hold. */
export interface HealthCheck {
  /** As it is typed in a path: lower case, words joined by "-". */
  readonly name: string;
  /** Undefined while all is well, else a sentence that says what is not. */
  readonly findProblem: () => string | undefined;
}

/** Holds as long as the program answers at all. */
export const ping: HealthCheck = { name: "ping", findProblem: () => undefined };

/** What is answered, in the status codes of HTTP. */
export interface HealthAnswer {
  readonly status: 200 | 404 | 500;
  readonly text: string;
}

/**
 * Answers `/readyz` and its like in the form of Kubernetes' own programs: "ok", or with `verbose` and
 * after a failure a line for each check; `exclude` leaves checks out; `only` asks one by its name. Unlike
 * theirs it says why a check failed.
 */
export function healthAnswer(
  probe: string,
  checks: readonly HealthCheck[],
  {
    only,
    verbose,
    exclude,
  }: {
    readonly only?: string | undefined;
    readonly verbose: boolean;
    readonly exclude: readonly string[];
  },
): HealthAnswer {
  const asked = checks.filter(({ name }) =>
    only === undefined ? !exclude.includes(name) : name === only,
  );
  if (only !== undefined && asked.length === 0)
    return { status: 404, text: `There are ${checks.map(({ name }) => name).join(", ")}\n` };
  const found = asked.map(({ name, findProblem }) => ({ name, problem: findProblem() }));
  const isWell = found.every(({ problem }) => problem === undefined);
  if (isWell && !verbose) return { status: 200, text: "ok" };
  const lines = [
    ...found.map(({ name, problem }) =>
      problem === undefined ? `[+]${name} ok` : `[-]${name} failed: ${problem}`,
    ),
    ...unknownAmong(exclude, checks),
    `${probe} check ${isWell ? "passed" : "failed"}`,
  ];
  return { status: isWell ? 200 : 500, text: lines.map((line) => `${line}\n`).join("") };
}

/** Excluding what is not there is said, and does no harm: a manifest may be older than the program. */
function unknownAmong(exclude: readonly string[], checks: readonly HealthCheck[]): string[] {
  const unknown = exclude.filter((name) => !checks.some((check) => check.name === name));
  return unknown.length === 0
    ? []
    : [`warn: some health checks cannot be excluded: no matches for ${unknown.join(", ")}`];
}

export const probes = ["livez", "healthz", "readyz"] as const;

/**
 * The answer to `/livez` and `/healthz`, which say that the program runs its loop, and to `/readyz`, which
 * says that it does its work; each with `?verbose`, `?exclude=CHECK` and `/CHECK`. Undefined for any other
 * path.
 */
export function probeAnswer(
  path: string,
  query: URLSearchParams,
  readiness: readonly HealthCheck[],
): HealthAnswer | undefined {
  const [probe, only, ...rest] = path.slice(1).split("/");
  const name = probes.find((one) => one === probe);
  if (name === undefined || rest.length > 0) return undefined;
  return healthAnswer(name, name === "readyz" ? [ping, ...readiness] : [ping], {
    only,
    verbose: query.has("verbose"),
    exclude: query.getAll("exclude"),
  });
}
