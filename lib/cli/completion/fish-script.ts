/** In single quotes fish knows two escapes. @see fishshell.com/docs/current/language.html#quotes */
const quoted = (text: string): string =>
  `'${text.replaceAll('\\', String.raw`\\`).replaceAll("'", String.raw`\'`)}'`;

/** What can follow is asked of the POSIX shell that is there anyway. */
export const fishScript = (
  candidates: string,
): string => `# Completion of freshet for fish: freshet completion fish | source
function __freshet_complete
    set -l tokens (commandline -opc)
    set -l current (commandline -ct)
    set -l offered (sh -c ${quoted(`${candidates}\n__freshet_candidates "$@"`)} sh "$current" $tokens[2..-1])
    # Behind \`--state=\` the path begins; what is offered is the whole word.
    set -l flag (string match -r -- '^--[^=]*=' $current)
    set -l path (string replace -r -- '^--[^=]*=' '' $current)
    switch "$offered[1]"
        case ':folder'
            for found in (__fish_complete_directories "$path")
                printf '%s\\n' "$flag$found"
            end
        case ':file'
            for found in (__fish_complete_path (string unescape -- $path))
                printf '%s\\n' "$flag$found"
            end
        case '*'
            printf '%s\\n' $offered
    end
end
complete -c freshet -f -a '(__freshet_complete)'
`;
