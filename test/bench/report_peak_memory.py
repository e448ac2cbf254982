"""Imported by a program, reports on fd 3 how much memory it had at most, in KiB."""
import atexit
import os
import resource
import sys


def peak():
    try:
        with open("/proc/self/status") as status:
            return next(line.split()[1] for line in status if line.startswith("VmHWM"))
    except OSError:
        usage = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return str(usage // 1024 if sys.platform == "darwin" else usage)


atexit.register(lambda: os.write(3, peak().encode()))
