"""What process.ts does for cases in TypeScript: measures some work, which returns the number of files, and prints it."""

import json
import resource
import sys
import time


def report(work):
    def cpu_ms():
        used = resource.getrusage(resource.RUSAGE_SELF)
        return (used.ru_utime + used.ru_stime) * 1000

    cpu, started = cpu_ms(), time.perf_counter()
    files = work()
    duration_ms = (time.perf_counter() - started) * 1000
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    measured = {
        "files": files,
        "rows": 0,
        "commits": 0,
        "durationMs": duration_ms,
        "cpuMs": cpu_ms() - cpu,
        # In bytes on macOS, in KiB elsewhere.
        "peakMiB": peak / (1024 * 1024 if sys.platform == "darwin" else 1024),
    }
    print(json.dumps(measured))
