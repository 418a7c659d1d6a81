# nftforge's completion for bash; `nftforge --install-completion bash` keeps a copy of it.
_nftforge() {
    local patterns='' pattern word about typed=${COMP_WORDS[COMP_CWORD]}
    COMPREPLY=()
    {
        IFS= read -r patterns
        while IFS=$'\t' read -r word about; do COMPREPLY+=("$word"); done
    } < <(_NFTFORGE_COMPLETE=bash "$1" "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
    [ -n "$patterns" ] || return 0
    [ "$typed" != = ] || typed=''
    compopt -o filenames 2>/dev/null
    while IFS= read -r -d ' ' pattern; do
        while IFS= read -r word; do COMPREPLY+=("$word"); done < <(
            case $pattern in
            \*/) compgen -d -- "$typed" ;;
            \*) compgen -f -- "$typed" ;;
            *) compgen -f -X "!$pattern" -- "$typed" ;;
            esac
        )
    done <<<"$patterns "
    return 0
}
complete -F _nftforge nftforge
