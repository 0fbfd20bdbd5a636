"""Tries to get out of a world, and says of each attempt whether it came to anything. Arguments: the port of a server on the
machine's addresses, and the number of a process of the machine. As a subject it tries when it is asked for anything."""

import ctypes
import glob
import os
import signal
import socket
import stat
import sys

port, victim = int(sys.argv[1]), int(sys.argv[2])
libc = ctypes.CDLL(None, use_errno=True)


def call(name, *arguments):
    function = getattr(libc, name)
    if function(*arguments) < 0:
        raise OSError(ctypes.get_errno(), name)


def connect(family, address):
    with socket.socket(family, socket.SOCK_STREAM) as stream:
        stream.settimeout(30)
        stream.connect(address)


def unix(path):
    return lambda: connect(socket.AF_UNIX, path)


def see():
    with open(f"/proc/{victim}/cmdline") as line:
        assert "600.25" in line.read()


def mount():
    call("mount", b"none", b"/mnt", b"tmpfs", 0, None)
    call("umount2", b"/mnt", 2)


def unmount():
    # The world's /etc lies over the machine's, twice.
    for _ in range(2):
        call("umount2", b"/etc", 2)
    with open("/etc/hosts", "a") as hosts:
        hosts.write("# written from inside\n")


def append():
    with open("/etc/hosts", "a") as hosts:
        hosts.write("# written from inside\n")


def disk():
    disks = [path for path in glob.glob("/dev/*") if stat.S_ISBLK(os.stat(path).st_mode)]
    os.close(os.open(disks[0], os.O_RDONLY))


def write(folder):
    def attempt():
        path = f"{folder}/netdbspec-attempt"
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
        os.unlink(path)

    return attempt


ATTEMPTS = {
    "loopback": lambda: connect(socket.AF_INET, ("127.0.0.1", port)),
    "address": lambda: connect(socket.AF_INET, ("192.0.2.77", port)),
    "abstract": unix("\0netdbspec-outside"),
    "dbus": unix("/run/dbus/system_bus_socket"),
    "nscd": unix("/run/nscd/socket"),
    "resolved": unix("/run/systemd/resolve/io.systemd.Resolve"),
    "engine": unix("/run/docker.sock"),
    "signal": lambda: os.kill(victim, signal.SIGCONT),
    "see": see,
    # PTRACE_SEIZE.
    "trace": lambda: call("ptrace", 0x4206, victim, 0, 0),
    "setting": lambda: open("/proc/sys/kernel/domainname", "w").write("x"),
    "tmp": write("/tmp"),
    "mount": mount,
    "disk": disk,
    "append": append,
    "unmount": unmount,
}


def attempt(names):
    for name in names:
        try:
            ATTEMPTS[name]()
            yield f"{name} came to something"
        except Exception as error:
            yield f"{name} came to nothing: {error!r:.40}"


if sys.argv[3:] == ["subject"]:
    sys.stdin.readline()
    calls = '"calls":["gethostname"]'
    print('{"hello":{"protocol":1,"name":"attempts","version":"1","os":"none","implements":[],%s}}' % calls, flush=True)
    if "ask" in sys.stdin.readline():
        sys.exit("\n".join(attempt(ATTEMPTS)))
else:
    print("\n".join(attempt(sys.argv[3:] or ATTEMPTS)))
