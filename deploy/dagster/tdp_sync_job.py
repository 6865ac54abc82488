"""Runs `tdp-sync run` from Dagster, every quarter of an hour.

    dagster dev -f tdp_sync_job.py

`tdp-sync` must be on the path of the code location; TDP_SYNC_CONFIG names the config.
"""

import json
import os
import subprocess

import dagster as dg

# docs/operations.md lists the exit codes.
SOME_FILES_FAILED = 6
# Unexpected, usage or config, access: a second try would end the same. TDP or the database unavailable (4, 5) passes.
NOT_RETRYABLE = {1, 2, 3}

CONFIG = os.environ.get("TDP_SYNC_CONFIG", "/etc/tdp-sync/tdp-sync.yaml")


def run_tdp_sync(command: list[str]) -> tuple[int, str]:
    """Runs it to its end, and ends it in good order when the run is terminated: the batch in hand is committed then."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            results, _ = process.communicate()
        except BaseException:
            # Dagster interrupts the step; a second signal would end tdp-sync at once.
            process.terminate()
            process.wait()
            raise
    return process.returncode, results


@dg.op(out=dg.Out(list), retry_policy=dg.RetryPolicy(max_retries=3, delay=120, backoff=dg.Backoff.EXPONENTIAL))
def tdp_sync_run(context: dg.OpExecutionContext) -> list:
    code, results = run_tdp_sync(["tdp-sync", "run", "--json", "--config", CONFIG])
    if code not in (0, SOME_FILES_FAILED):
        raise dg.Failure(
            description=f"tdp-sync ended with {code}; its last lines on stderr say why",
            metadata={"exit_code": code},
            allow_retries=code not in NOT_RETRYABLE,
        )
    reports = json.loads(results)["results"]
    for report in reports:
        context.log.info(f"{report['sync']}: {report['loaded']} files loaded")
        if report["failing"] > 0:
            # Complete: they are tried again by later runs. Their rows in <sync>_files say why.
            context.log.warning(f"{report['sync']}: {report['failing']} files could not be loaded")
    return reports


# A second run at once would end with exit code 5: the run queue takes one with this tag at a time, if dagster.yaml says so
# (concurrency: runs: tag_concurrency_limits: [{key: tdp-sync, limit: 1}]).
@dg.job(tags={"tdp-sync": "run"})
def tdp_sync():
    tdp_sync_run()


every_quarter_of_an_hour = dg.ScheduleDefinition(job=tdp_sync, cron_schedule="*/15 * * * *")

defs = dg.Definitions(jobs=[tdp_sync], schedules=[every_quarter_of_an_hour])
