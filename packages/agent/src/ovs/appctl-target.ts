/** Options of ovs-appctl(8) before its command that take a value in the next argument. */
const withValue: ReadonlySet<string> = new Set([
  "-t",
  "--target",
  "-T",
  "--timeout",
  "-f",
  "--format",
]);
const defaultTarget = "ovs-vswitchd";

/** A command line of ovs-appctl: whom it asks, and all the rest. */
export interface AppctlCall {
  /** A daemon's name, or the path of a socket. */
  readonly target: string;
  readonly rest: readonly string[];
}

/** Takes the target out of the arguments of ovs-appctl(8); the last one counts, as there. */
export function parseAppctl(args: readonly string[]): AppctlCall {
  const rest: string[] = [];
  let target = defaultTarget;
  let at = 0;
  while (at < args.length) {
    const one = args[at] ?? "";
    if (!one.startsWith("-") || one === "--") break;
    const given = /^(?:-t|--target=)(.+)$/s.exec(one)?.[1];
    if (given !== undefined) target = given;
    else if (one === "-t" || one === "--target") target = args[at + 1] ?? target;
    else rest.push(...args.slice(at, at + (withValue.has(one) ? 2 : 1)));
    at += given === undefined && withValue.has(one) ? 2 : 1;
  }
  return { target, rest: [...rest, ...args.slice(at)] };
}
