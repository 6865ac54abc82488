"""The same job with dlt, as its documentation advises: a resource of search pages, a transformer that retrieves in
parallel with `@dlt.defer`, rows merged by their primary key into DuckDB. The document stays whole, as JSON."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
import json  # noqa: E402

given = json.loads(sys.argv[1])
os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["EXTRACT__WORKERS"] = str(given["workers"])
os.environ["EXTRACT__MAX_PARALLEL_ITEMS"] = str(2 * given["workers"])

import dlt  # noqa: E402
from dlt.sources.helpers import requests  # noqa: E402
from measure import report  # noqa: E402

headers = {"ts-auth-token": given["token"], "x-org-slug": given["org"]}
base = given["url"] + "/v1/datalake"
PAGE = 1000
FIELDS = ["fileId", "file", "createdAt", "indexedAt", "labels"]


@dlt.resource(name="hits", selected=False)
def hits():
    query = {
        "size": PAGE,
        "query": {"bool": {"filter": [{"term": {"category": "IDS"}}]}},
        "_source": FIELDS,
        "sort": [{"fileId": "asc"}],
    }
    while True:
        answer = requests.post(f"{base}/searchEql", headers=headers, json=query)
        page = [hit["_source"] for hit in answer.json()["hits"]["hits"]]
        if not page:
            return
        yield page
        query["search_after"] = [page[-1]["fileId"]]


@dlt.transformer(
    data_from=hits,
    name="docs",
    primary_key="file_id",
    write_disposition="merge",
    max_table_nesting=0,
    columns={"content": {"data_type": "json"}, "labels": {"data_type": "json"}},
)
def docs(page):
    @dlt.defer
    def retrieve(hit):
        answer = requests.get(
            f"{base}/retrieve", headers=headers, params={"fileId": hit["fileId"]}
        )
        return {
            "file_id": hit["fileId"],
            "file_path": hit["file"]["path"],
            "bucket": hit["file"].get("bucket"),
            "created_at": hit["createdAt"],
            "indexed_at": hit["indexedAt"],
            "labels": hit.get("labels"),
            "content": answer.json(),
        }

    for hit in page:
        yield retrieve(hit)


def work():
    pipeline = dlt.pipeline(
        pipeline_name="tdp",
        pipelines_dir=os.path.join(given["folder"], "pipelines"),
        destination=dlt.destinations.duckdb(os.path.join(given["folder"], "dlt.duckdb")),
        dataset_name="lab",
    )
    pipeline.run(docs)
    with pipeline.sql_client() as client:
        return client.execute_sql("SELECT count(*) FROM docs")[0][0]


report(work)
