# nftforge's completion for zsh; `nftforge --install-completion zsh` keeps a copy of it.
_nftforge() {
    local patterns word about program=${~${(Q)words[1]}}
    local -a found
    {
        IFS= read -r patterns
        while IFS=$'\t' read -r word about; do
            found+=("${word//:/\\:}${about:+:$about}")
        done
    } < <(_NFTFORGE_COMPLETE=zsh "$program" "${(@Q)words[2,CURRENT]}" 2>/dev/null)
    (( $#found )) && _describe -t names nftforge found
    case $patterns in
    '') ;;
    '*') _files ;;
    '*/') _files -/ ;;
    *) _files -g "${patterns% \*/}" ;;
    esac
}
if ! (( $+functions[compdef] )); then
    autoload -Uz compinit
    compinit
fi
compdef _nftforge nftforge
