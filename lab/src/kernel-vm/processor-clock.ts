/**
 * How fast the time stamp counter runs, in kHz, from /proc/cpuinfo; undefined where that does not say.
 * The guest sees the machine's own counter. Left alone its kernel measures it at boot against an
 * emulated timer, and on a busy machine its clock then runs many times too fast.
 */
export function counterKhz(cpuinfo: string): number | undefined {
  const flags = new Set(/^flags\s*: (.*)$/m.exec(cpuinfo)?.[1]?.split(" "));
  // with aperfmperf the kernel says how fast the processor is at this moment
  if (!flags.has("constant_tsc") || flags.has("aperfmperf")) return undefined;
  const megahertz = Number(/^cpu MHz\s*: ([\d.]+)$/m.exec(cpuinfo)?.[1]);
  return megahertz > 0 ? Math.round(megahertz * 1000) : undefined;
}
