#!/bin/bash
# QEMU is given a descriptor on its command line (-add-fd), for a set that something opens later. Where nothing has opened it yet
# when a QMP client hangs up, no other one being connected, the set is gone: a client that did nothing but look has taken it.
# That is so while the machine runs; one that has not been started yet (-S) keeps it.
# Seen with qemu-system-x86 1:7.2+dfsg-7+deb12u18+b3. Needs: mmdebstrap, python3. Fails where the behaviour is another one.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mmdebstrap --quiet --variant=extract --include=qemu-system-x86=1:7.2+dfsg-7+deb12u18+b3 bookworm root >make.log 2>&1 || { cat make.log >&2; exit 1; }

cat >example.py <<'PYTHON'
import json
import os
import socket
import subprocess
import time


def sets(path):
    """What a client of its own is told, which then hangs up."""
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(path)
        with client.makefile("rw") as lines:
            lines.readline()
            for command in ("qmp_capabilities", "query-fdsets"):
                lines.write(json.dumps({"execute": command}) + "\n")
                lines.flush()
                answer = json.loads(lines.readline())
    return [entry["fdset-id"] for entry in answer["return"]]


for options in ([], ["-S"]):
    file = os.open("/dev/null", os.O_RDWR)
    if os.path.exists("qmp"):
        os.unlink("qmp")
    qemu = subprocess.Popen(
        ["root/lib64/ld-linux-x86-64.so.2", "--library-path", "root/usr/lib/x86_64-linux-gnu:root/lib/x86_64-linux-gnu",
         "root/usr/bin/qemu-system-x86_64", "-machine", "none", "-nodefaults", "-display", "none",
         "-qmp", "unix:qmp,server=on,wait=off", "-add-fd", f"fd={file},set=5", *options],
        pass_fds=[file], env={"QEMU_MODULE_DIR": "root/usr/lib/x86_64-linux-gnu/qemu"})
    while not os.path.exists("qmp"):
        time.sleep(0.1)
    print("not started:" if options else "runs:", "first client", sets("qmp"), end=", ")
    time.sleep(1)
    print("second client", sets("qmp"), flush=True)
    qemu.kill()
    qemu.wait()
    os.close(file)
PYTHON
python3 example.py >seen
cat seen
diff - seen <<'TEXT'
runs: first client [5], second client []
not started: first client [5], second client [5]
TEXT
