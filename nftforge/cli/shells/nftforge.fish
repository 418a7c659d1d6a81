# nftforge's completion for fish; `nftforge --install-completion fish` keeps a copy of it.
function __nftforge_complete
    set -l words (commandline --cut-at-cursor --tokenize --current-process)
    set -l program $words[1]
    set -e words[1]
    set -l typed (commandline --cut-at-cursor --current-token)
    set -l said (env _NFTFORGE_COMPLETE=fish $program $words "$typed" 2>/dev/null)
    string join \n -- $said[2..-1]
    for pattern in (string split --no-empty ' ' -- $said[1])
        switch $pattern
            case '\*/'
                __fish_complete_directories "$typed"
            case '\*'
                __fish_complete_path "$typed"
            case '*'
                set -l ending (string escape --style=regex -- (string sub --start 2 -- $pattern))
                __fish_complete_path "$typed" | string match --regex -- "^[^\t]*$ending(?:\t.*)?\$"
        end
    end
end
complete --command nftforge --no-files --arguments '(__nftforge_complete)'
