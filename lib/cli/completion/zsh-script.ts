/** Written in what bash reads too, so that it can be tried where there is no zsh. */
export const zshScript = (candidates: string): string => `#compdef freshet
# Completion of freshet for zsh: source <(freshet completion zsh), after compinit
${candidates}
_freshet() {
  setopt localoptions nullglob
  local offered word current="\${words[@]:$((CURRENT - 1)):1}"
  offered="$(__freshet_candidates "$current" "\${words[@]:1:$((CURRENT - 2))}")"
  # Behind \`--state=\` the path begins.
  case "$offered $current" in :*' '--*=*) compset -P 1 '*=' ;; esac
  case "$offered" in
    :folder) _files -/ ;;
    :file) _files ;;
    '') return 1 ;;
    *) while IFS= read -r word; do compadd -- "$word"; done <<< "$offered" ;;
  esac
}
# Autoloaded from a folder of fpath it is called at once; sourced it says for what it is.
if [ "\${funcstack[1]}" = _freshet ]; then _freshet "$@"; else compdef _freshet freshet; fi
`;
