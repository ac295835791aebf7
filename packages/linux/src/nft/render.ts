import { absurd, invariant } from "@antrea/base";
import { parseIpv6 } from "@antrea/net";
import type {
  NftBaseChain,
  NftChain,
  NftMatch,
  NftRule,
  NftSet,
  NftTable,
  NftVerdict,
} from "./table.ts";

/** The text of nft(8) that makes exactly this table, replacing one of its name, in one transaction. */
export function renderTable(table: NftTable): string {
  const head = `${table.family} ${identifier(table.name)}`;
  const regular = table.chains.filter((chain) => !chain.base);
  return [
    `add table ${head}`, // so that the deletion cannot fail
    `delete table ${head}`,
    `table ${head} {`,
    ...(table.sets ?? []).flatMap(renderSet),
    ...regular.map((chain) => `  chain ${identifier(chain.name)} {\n  }`), // so that jumps may look ahead
    ...table.chains.flatMap(renderChain),
    "}",
  ].join("\n");
}

/** The rules of a table for nft to read and print, in a table that no packet enters. */
export function renderReference(table: NftTable): string {
  const chains = table.chains.map((chain) => ({ chain, rules: markedRules(chain) }));
  return [
    `table ${table.family} ${identifier(table.name)} {`,
    ...(table.sets ?? []).flatMap((set) => renderSet({ ...set, elements: [] })),
    ...table.chains.map(({ name }) => `  chain ${identifier(name)} {\n  }`),
    ...chains.flatMap(({ chain, rules }) => [
      `  chain ${identifier(chain.name)} {`,
      ...rules.map(({ text, mark }) => `    ${text} comment ${quoted(mark)}`),
      "  }",
    ]),
    "}",
    "",
  ].join("\n");
}

export function renderRemoval({ family, name }: Pick<NftTable, "family" | "name">): string {
  return `delete table ${family} ${identifier(name)}`;
}

/** Adds elements to a set, or deletes them, and leaves the rest of the table as it is. */
export function renderElements(
  verb: "add" | "delete",
  { family, name }: Pick<NftTable, "family" | "name">,
  set: Pick<NftSet, "name" | "elements">,
): string {
  const list = set.elements.map(element).join(", ");
  return `${verb} element ${family} ${identifier(name)} ${identifier(set.name)} { ${list} }`;
}

function renderSet(set: NftSet): readonly string[] {
  return [
    `  set ${identifier(set.name)} {`,
    `    type ${set.type}`,
    ...(set.isInterval ? ["    flags interval"] : []),
    ...(set.elements.length > 0
      ? [`    elements = { ${set.elements.map(element).join(", ")} }`]
      : []),
    "  }",
  ];
}

function renderChain(chain: NftChain): readonly string[] {
  return [
    `  chain ${identifier(chain.name)} {`,
    ...(chain.base ? [`    ${renderBase(chain.base)}`] : []),
    ...markedRules(chain).map(({ text, mark }) => `    ${text} comment ${quoted(mark)}`),
    "  }",
  ];
}

function renderBase({ type, hook, priority, policy, devices = [] }: NftBaseChain): string {
  const where = devices.length > 0 ? ` devices = { ${devices.map(quoted).join(", ")} }` : "";
  return `type ${type} hook ${hook}${where} priority ${priority}; policy ${policy};`;
}

/**
 * The chain's rules, each with the comment that the kernel keeps for it: the rule's own sentence and a
 * digest of what it does, so that a listing tells whether the rule is the one we want without
 * understanding nft's way of printing it. A chain of devices ends in its policy written as a rule,
 * because nft 1.0.6 does not list a chain's device: the digest speaks for it.
 */
export function markedRules(chain: NftChain): readonly MarkedRule[] {
  const before = marked.get(chain);
  if (before) return before;
  const now = markRules(chain);
  marked.set(chain, now);
  return now;
}

interface MarkedRule {
  readonly text: string;
  readonly mark: string;
}

/** A chain is a value: it is compared with the kernel's every few seconds, and its digests stay. */
const marked = new WeakMap<NftChain, readonly MarkedRule[]>();

function markRules(chain: NftChain): readonly MarkedRule[] {
  const rules = chain.rules.map((rule) => ({
    comment: rule.comment,
    text: ruleText(rule),
    of: "",
  }));
  const { base } = chain;
  const last = base?.devices && { comment: "All else", text: base.policy, of: renderBase(base) };
  return [...rules, ...(last ? [last] : [])].map(({ comment, text, of }) => ({
    text,
    mark: markOf(comment, `${text} ${of}`),
  }));
}

function markOf(comment: string, what: string): string {
  const mark = `${comment} #${digest(what)}`;
  invariant(mark.length <= maxCommentLength, `"${comment}" fits into an nft comment`);
  return mark;
}

const maxCommentLength = 127; // NFTNL_UDATA_COMMENT_MAXLEN with its zero byte

function ruleText(rule: NftRule): string {
  const words = [...rule.match.map(renderMatch), ...(rule.isCounted ? ["counter"] : [])];
  return [...words, renderVerdict(rule.verdict)].join(" ");
}

function renderMatch(match: NftMatch): string {
  switch (match.kind) {
    case "source":
    case "destination": {
      const field = match.kind === "source" ? "saddr" : "daddr";
      const operator = match.isNegated ? "!= " : "";
      return `${match.family === "ipv4" ? "ip" : "ip6"} ${field} ${operator}${match.address}`;
    }
    case "input":
    case "output": {
      const field = match.kind === "input" ? "iifname" : "oifname";
      return `${field} ${match.isNegated ? "!= " : ""}${quoted(match.device)}`;
    }
    case "protocol":
      return `${match.family === "ipv4" ? "ip protocol" : "ip6 nexthdr"} ${protocolWord(match.protocol)}`;
    case "sourcePort":
      return `${match.protocol} sport ${match.port}`;
    case "destinationPort":
      return `${match.protocol} dport ${match.port}`;
    case "addressType":
      return `fib ${match.side === "source" ? "saddr" : "daddr"} type ${match.type}`;
    case "ctState":
      return `ct state { ${match.states.join(", ")} }`;
    case "mark":
      return match.mask === undefined
        ? `meta mark ${hex(match.value)}`
        : `meta mark and ${hex(match.mask)} == ${hex(match.value)}`;
    case "text":
      return checkedText(match.text);
    default:
      return absurd(match);
  }
}

function renderVerdict(verdict: NftVerdict): string {
  switch (verdict.kind) {
    case "snat":
    case "dnat":
      return `${verdict.kind} ${verdict.family === "ipv4" ? "ip" : "ip6"} to ${verdict.to}`;
    case "setMark":
      return `meta mark set ${hex(verdict.value)}`;
    case "reject":
      return verdict.with === "reset"
        ? "reject with tcp reset"
        : "reject with icmpx type admin-prohibited";
    case "jump":
    case "goto":
      return `${verdict.kind} ${identifier(verdict.chain)}`;
    case "accept":
    case "drop":
    case "return":
    case "masquerade":
    case "notrack":
      return verdict.kind;
    default:
      return absurd(verdict);
  }
}

function protocolWord(protocol: string): string {
  return protocol === "gre" ? "47" : protocol; // nft 1.0.6 knows it only through /etc/protocols
}

function identifier(name: string): string {
  invariant(/^[a-zA-Z][\w.-]{0,62}$/.test(name), `"${name}" is an nft identifier`);
  return name;
}

function quoted(value: string): string {
  invariant(/^[^"\\\n]*$/.test(value), `${JSON.stringify(value)} needs no escape in nft`);
  return `"${value}"`;
}

function element(value: string): string {
  invariant(/^[\w.:/-]+$/.test(value), `"${value}" is one nft set element`);
  return canonicalElement(value);
}

/**
 * nft prints a network of one address without its prefix length, and wants it so in a hash set; of some
 * addresses of IPv6 it prints the end as if it were IPv4.
 */
export function canonicalElement(element: string): string {
  const hostLength = element.includes(":") ? "/128" : "/32";
  const plain = element.endsWith(hostLength) ? element.slice(0, -hostLength.length) : element;
  return plain.replace(/[\da-f:]*:\d+(?:\.\d+){3}/g, (mixed) => parseIpv6(mixed) ?? mixed);
}

function checkedText(value: string): string {
  invariant(/^[^;\n"#\\]+$/.test(value), `"${value}" is one nft expression`);
  const opened = value.split("{").length;
  invariant(opened === value.split("}").length, `"${value}" closes the braces it opens`);
  return value;
}

function hex(value: number): string {
  return `0x${(value >>> 0).toString(16)}`;
}

/** FNV-1a of 32 bits, as eight hex digits: tells texts apart, protects nothing. */
export function digest(value: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(value)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}
