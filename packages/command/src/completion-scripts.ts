/** The shells that completion is written for. */
export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** The hidden command that the scripts ask; a line "word<TAB>meaning" for each candidate. */
export const completeCommandName = "__complete";

/** A script that makes `shell` ask the program itself what may come next, so that it is never out of date. */
export function completionScript(program: string, shell: Shell): string {
  return scripts[shell](program, `_${program.replaceAll(/[^A-Za-z0-9]/g, "_")}_complete`);
}

/** How to switch completion on, for the command's help. */
export function completionHowTo(program: string): string {
  return [
    "To switch it on:",
    `  bash: source <(${program} completion bash)`,
    `  zsh:  ${program} completion zsh > "\${fpath[1]}/_${program}"`,
    `  fish: ${program} completion fish > ~/.config/fish/completions/${program}.fish`,
  ].join("\n");
}

const scripts: Readonly<Record<Shell, (program: string, fn: string) => string>> = {
  bash: (program, fn) => `# bash completion for ${program}
${fn}() {
  local line word="\${COMP_WORDS[COMP_CWORD]}"
  [[ "$word" == "=" || "$word" == ":" ]] && word="" # the cursor stands behind a break of bash's own
  local typed=("\${COMP_WORDS[@]:1:COMP_CWORD}")
  local prefix=""
  COMPREPLY=()
  # bash cuts words at "=" and ":"; put them together again, and give back only the last part
  local text="\${COMP_LINE:0:COMP_POINT}"
  local whole="\${text##*[[:space:]]}"
  if [[ "$whole" != "$word" ]]; then
    prefix="\${whole%"$word"}"
    local count
    read -r -a typed <<< "\${text#*[[:space:]]}"
    count=\${#typed[@]}
    ((count > 0)) || typed=("")
  fi
  while IFS=$'\\t' read -r line _; do
    [[ -n "$line" ]] && COMPREPLY+=("\${line#"$prefix"}")
  done < <("\${COMP_WORDS[0]}" ${completeCommandName} -- "\${typed[@]}" 2>/dev/null)
}
complete -F ${fn} -o default ${program}
`,
  zsh: (program, fn) => `#compdef ${program}
# zsh completion for ${program}
${fn}() {
  local -a candidates
  local word meaning
  while IFS=$'\\t' read -r word meaning; do
    [[ -n "$word" ]] && candidates+=("\${word//:/\\\\:}:$meaning")
  done < <("\${words[1]}" ${completeCommandName} -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#candidates} )); then
    _describe '${program}' candidates
  else
    _files
  fi
}
if [ "\${funcstack[1]}" = "_${program}" ]; then ${fn} "$@"; else compdef ${fn} ${program}; fi
`,
  fish: (program, fn) => `# fish completion for ${program}
function ${fn}
  set -l typed (commandline -opc) (commandline -ct)
  $typed[1] ${completeCommandName} -- $typed[2..-1] 2>/dev/null
end
complete -c ${program} -f -a '(${fn})'
`,
};
