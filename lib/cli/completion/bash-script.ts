/** Bash takes `--output=json` apart at the sign; what stands before it is then the word before. From 3.2 on, as on macOS. */
export const bashScript = (
  candidates: string,
): string => `# Completion of freshet for bash: source <(freshet completion bash)
${candidates}
_freshet() {
  local IFS=$'\\n' current="\${COMP_WORDS[COMP_CWORD]}" offered word index
  local before=()
  for ((index = 1; index < COMP_CWORD; index += 1)); do
    word="\${COMP_WORDS[index]}"
    if [ "$word" != '=' ]; then before+=("$word"); fi
  done
  if [ "$current" = '=' ]; then current=''; fi
  offered="$(__freshet_candidates "$current" "\${before[@]}")"
  case "$offered" in
    :folder) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$current")) ;;
    :file) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$current")) ;;
    *) COMPREPLY=($(compgen -W "$offered" -- "$current")) ;;
  esac
}
complete -F _freshet freshet
`;
