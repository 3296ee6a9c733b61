#!/bin/bash
# libxenstore of Xen 4.17: libxenstore.a is compiled without the thread that reads, libxenstore.so with it (USE_PTHREAD of
# tools/libs/store/Makefile is for the shared objects alone). A program that has a watch and asks for a node gets EINVAL
# from the static library whenever the event of the watch comes before the answer: read_reply() of tools/libs/store/xs.c
# reads one message and gives up where it is not the answer. One would expect both to do the same, or the header to say so.
# Seen with libxen-dev and libxenstore4 4.17.7+13-g2445b30a44-0+deb12u1. Needs: gcc, python3, apt-get. Fails where the
# behaviour is another one.
set -euo pipefail
version=4.17.7+13-g2445b30a44-0+deb12u1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -q download libxen-dev=$version libxenstore4=$version libxenmisc4.17=$version libxentoolcore1=$version >download.log 2>&1 ||
  { cat download.log >&2; exit 1; }
for package in ./*.deb; do dpkg -x "$package" root; done

cat >example.c <<'C'
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <xenstore.h>

int main(void) {
  struct xs_handle* xs = xs_open(0);
  unsigned length = 0;
  if (xs == NULL || !xs_watch(xs, "/watched", "token")) return 1;
  const char* value = xs_read(xs, XBT_NULL, "/node", &length);
  printf("%s\n", value != NULL ? value : strerror(errno));
  return 0;
}
C
# The part of a xenstored that this needs: it answers a watch, and a read when it has told of the watch's event.
cat >daemon.py <<'PY'
import socket
import struct

READ, WATCH, WATCH_EVENT = 2, 4, 15
server = socket.socket(socket.AF_UNIX)
server.bind("socket")
server.listen()
while True:
    client, _ = server.accept()
    with client:
        while head := client.recv(16, socket.MSG_WAITALL):
            kind, number, transaction, length = struct.unpack("<4I", head)
            client.recv(length, socket.MSG_WAITALL)
            if kind == READ:
                event = b"/watched\0token\0"
                client.sendall(struct.pack("<4I", WATCH_EVENT, 0, 0, len(event)) + event)
            answer = {READ: b"value", WATCH: b"OK\0"}[kind]
            client.sendall(struct.pack("<4I", kind, number, transaction, len(answer)) + answer)
PY
python3 daemon.py 2>daemon.log &
daemon=$!
trap 'kill $daemon; rm -rf "$work"' EXIT
until [ -S socket ]; do sleep 0.1; done

lib=root/usr/lib/x86_64-linux-gnu
gcc -Iroot/usr/include example.c $lib/libxenstore.a $lib/libxentoolcore.a -o static
gcc -Iroot/usr/include example.c $lib/libxenstore.so.4 $lib/libxentoolcore.so.1 -pthread -o shared
export XENSTORED_PATH=$work/socket
{
  echo "shared: $(LD_LIBRARY_PATH=$lib ./shared)"
  echo "static: $(./static)"
} >seen
cat seen
diff - seen <<'TEXT'
shared: value
static: Invalid argument
TEXT
