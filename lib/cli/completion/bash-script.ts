/** Bash takes `--output=json` apart at the sign; what stands before it is then the word before. From 3.2 on, as on macOS. */
export const bashScript = (
  candidates: string,
): string => `# Completion of freshet for bash: source <(freshet completion bash)
${candidates}
_freshet() {
  local current="\${COMP_WORDS[COMP_CWORD]}" quote=%q beginning offered word index
  local before=()
  for ((index = 1; index < COMP_CWORD; index += 1)); do
    word="\${COMP_WORDS[index]}"
    if [ "$word" != '=' ]; then before+=("$word"); fi
  done
  if [ "$current" = '=' ]; then current=''; fi
  offered="$(__freshet_candidates "$current" "\${before[@]}")"
  COMPREPLY=()
  beginning="$current"
  case "$offered" in
    :folder | :file)
      # Readline puts file names in quotes itself; bash 3.2 cannot be told that they are.
      if compopt -o filenames 2>/dev/null; then quote=%s; fi
      if [ "$offered" = :folder ]; then offered="$(compgen -d -- "$current")"; else offered="$(compgen -f -- "$current")"; fi
      beginning='' ;;
  esac
  # Names of folders are anybody's: nothing of them is expanded.
  while IFS= read -r word; do
    if [ -z "$word" ]; then continue; fi
    printf -v word "$quote" "$word"
    case "$word" in "$beginning"*) COMPREPLY+=("$word") ;; esac
  done <<< "$offered"
}
complete -F _freshet freshet
`;
