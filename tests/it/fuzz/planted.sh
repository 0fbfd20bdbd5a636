#!/bin/sh
# Finds no name, but for what is planted: dies of a search list, invents an address where the hosts file has both.test, and
# runs out of descriptors when it is asked often and has few.
found() { grep -q "$1" "/etc/$2"; }
reply() { printf '{"%s":{"seq":1,%s}}\n' "$1" "$2"; }
hear() { IFS= read -r line; }

hear
printf '{"hello":{"protocol":1,"name":"planted","version":"1","os":"linux","implements":["planted"],"calls":["getaddrinfo","under"]}}\n'
while hear; do
    case $line in *'"bye"'*) exit 0 ;; esac
    found '^search' resolv.conf && kill -SEGV $$
    case $line in
        *'"under"'*'"descriptors":8,'*) reply failure '"name":"EAI_SYSTEM","errno":"EMFILE","text":""' ;;
        *'"under"'*) reply failure '"name":"EAI_NONAME","text":""' ;;
        *) if found both.test hosts; then
               entry='"family":"AF_INET","socktype":"SOCK_STREAM","protocol":null,"address":"198.51.100.66","port":null'
               entry="$entry"',"flowinfo":null,"scope_id":null,"addrlen":null,"canonname":null'
               reply answer "\"value\":{\"entries\":[{$entry}]}"
           else
               reply failure '"name":"EAI_NONAME","text":""'
           fi ;;
    esac
done
