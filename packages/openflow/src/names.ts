/** Names for numbers in printed flows. Whatever has no name is a number. */
export interface Names {
  readonly tableName?: ((table: number) => string | undefined) | undefined;
  readonly portName?: ((ofPort: number) => string | undefined) | undefined;
  /** The way back, for parsing. */
  readonly tableNumber?: ((name: string) => number | undefined) | undefined;
  readonly portNumber?: ((name: string) => number | undefined) | undefined;
}

const reservedPorts: readonly (readonly [name: string, ofPort: number])[] = [
  ["UNSET", 0xfffffff7],
  ["IN_PORT", 0xfffffff8],
  ["TABLE", 0xfffffff9],
  ["NORMAL", 0xfffffffa],
  ["FLOOD", 0xfffffffb],
  ["ALL", 0xfffffffc],
  ["CONTROLLER", 0xfffffffd],
  ["LOCAL", 0xfffffffe],
  ["ANY", 0xffffffff],
];
const reservedNames = new Map(reservedPorts.map(([name, ofPort]) => [ofPort, name]));
const reservedNumbers = new Map(reservedPorts);

/** A name that is no keyword and no number may stand bare, any other goes in quotes. */
const BARE_NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;

export function formatPort(ofPort: number, names: Names): string {
  const reserved = reservedNames.get(ofPort);
  if (reserved !== undefined) return reserved;
  return formatName(names.portName?.(ofPort)) ?? `${ofPort}`;
}

export function parsePort(text: string, names: Names): number | undefined {
  if (/^\d+$/.test(text)) {
    const ofPort = Number(text);
    if (ofPort <= 0xffff) return widePort(ofPort);
    return ofPort <= 0xffffffff ? ofPort : undefined;
  }
  const name = unquote(text);
  return names.portNumber?.(name) ?? reservedNumbers.get(name.toUpperCase());
}

/** A 16-bit port number, reserved ones from 0xff00, as the 32-bit number of OpenFlow 1.1 and later. */
export function widePort(ofPort: number): number {
  return ofPort >= 0xff00 ? ofPort + 0xffff0000 : ofPort;
}

export function formatTable(table: number, names: Names): string {
  return formatName(names.tableName?.(table)) ?? `${table}`;
}

export function parseTable(text: string, names: Names): number | undefined {
  const name = unquote(text);
  const named = names.tableNumber?.(name);
  if (named !== undefined) return named;
  const table = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
  return table <= 255 ? table : undefined;
}

function formatName(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  return BARE_NAME.test(name) ? name : JSON.stringify(name);
}

function unquote(text: string): string {
  return /^".*"$/.test(text) ? (JSON.parse(text) as string) : text;
}
