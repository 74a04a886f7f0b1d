# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Completion of sctpx for bash. Options come from the command's own help, so that they are always
# those of the version in use.

_sctpx()
{
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local command=${COMP_WORDS[1]-} first=2 words=

    if [ "$COMP_CWORD" -gt 1 ] && [ "$command" = perf ]; then
        first=3
        command="perf ${COMP_WORDS[2]-}"
    fi
    if [ "$COMP_CWORD" -gt 1 ] && [ "$command" = help ]; then
        words='listen connect ping perf'
        [ "$COMP_CWORD" -eq 2 ] || words='server client'
    elif [ "$COMP_CWORD" -eq 1 ]; then
        words='listen connect ping perf help version --help --help-all --version'
    elif [ "$COMP_CWORD" -lt "$first" ]; then
        words='server client'
    else
        case $previous in
        --trace) words='none info messages packets' ;;
        --eof) words='close wait' ;;
        --backend) words='engine kernel auto' ;;
        --peer) words='server discard echo chargen' ;;
        --congestion) words='cubic rfc9260' ;;
        --loss) words='rack rfc9260' ;;
        --dscp) words='cs1 cs2 cs3 cs4 cs5 cs6 cs7 af11 af12 af13 af21 af22 af23 af31 af32 af33
            af41 af42 af43 ef va le' ;;
        --pcap)
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
            return
            ;;
        --bind) words='127.0.0.1 ::1' ;;
        *)
            case $current in
            -*)
                # shellcheck disable=SC2086
                words=$("${COMP_WORDS[0]}" $command --help 2>/dev/null |
                    grep -Eo -- '^ +(-., )?--[a-z0-9-]+' | grep -Eo -- '--.*')
                ;;
            *) [ "$command" = listen ] || [ "$command" = 'perf server' ] || words=localhost ;;
            esac
            ;;
        esac
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -F _sctpx sctpx
