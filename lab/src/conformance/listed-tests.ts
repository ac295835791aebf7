/**
 * Full names in what `e2e.test --list-tests` prints, of those that begin with `area`:
 * `    network/dns.go:51: [sig-network] DNS should …`.
 */
export function parseListedTests(printed: string, area: string): readonly string[] {
  return printed
    .split("\n")
    .map((line) => /^ {4}\S+?:\d+: (.*)$/.exec(line)?.[1] ?? "")
    .filter((name) => name.startsWith(area));
}
