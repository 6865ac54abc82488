"""Runs `tdp-sync run` from Airflow 3, every quarter of an hour.

Put it into the DAGs folder of a worker that has `tdp-sync` on its path. TDP_SYNC_CONFIG, in the worker's environment, names
the config; the credentials are where the config says.
"""

import json
import os
import signal
import subprocess
from datetime import datetime, timedelta

from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException

# docs/operations.md lists the exit codes.
SOME_FILES_FAILED = 6
STOPPED = {130, 143}
# Unexpected, usage or config, access: a second try would end the same.
NOT_RETRYABLE = {1, 2, 3}
# TDP unavailable, database unavailable: these pass.
RETRYABLE = {4, 5}

CONFIG = os.environ.get("TDP_SYNC_CONFIG", "/etc/tdp-sync/tdp-sync.yaml")


def run_tdp_sync(command: list[str]) -> tuple[int, str]:
    """Runs it to its end, and hands on the SIGTERM by which Airflow stops a task: the batch in hand is committed then.

    What it logs goes to the task's log as it comes.
    """
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        before = signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        try:
            results, _ = process.communicate()
        finally:
            signal.signal(signal.SIGTERM, before)
    return process.returncode, results


@dag(
    schedule=timedelta(minutes=15),
    start_date=datetime(2026, 1, 1),
    catchup=False,
    # A second run at once would end with exit code 5, and what one run misses the next one brings.
    max_active_runs=1,
    tags=["tdp"],
)
def tdp_sync():
    @task(retries=3, retry_delay=timedelta(minutes=2), retry_exponential_backoff=True)
    def run() -> list[dict]:
        code, results = run_tdp_sync(["tdp-sync", "run", "--json", "--config", CONFIG])
        if code in NOT_RETRYABLE:
            raise AirflowFailException(f"tdp-sync ended with {code}; its last lines above say why")
        if code in RETRYABLE or code in STOPPED:
            raise AirflowException(f"tdp-sync ended with {code}; it continues where it was stopped")
        if code not in (0, SOME_FILES_FAILED):
            raise AirflowException(f"tdp-sync ended with {code}")
        reports = json.loads(results)["results"]
        if code == SOME_FILES_FAILED:
            failing = {report["sync"]: report["failing"] for report in reports if report["failing"] > 0}
            # Complete: they are tried again by later runs. Their rows in <sync>_files say why.
            print(f"WARNING: files that could not be loaded, by sync: {failing}")
        return reports

    run()


tdp_sync()
