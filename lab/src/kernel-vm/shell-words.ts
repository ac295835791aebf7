/** The words of a command so that sh(1) reads them back as they are, whatever they contain. */
export function shellWords(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(" ");
}
