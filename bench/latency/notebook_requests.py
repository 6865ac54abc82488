"""The pattern of TDP's notebooks: search, then retrieve one file after the other, with `requests`."""

import json
import os
import sys

import requests

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from measure import report  # noqa: E402

given = json.loads(sys.argv[1])
headers = {"ts-auth-token": given["token"], "x-org-slug": given["org"]}
base = given["url"] + "/v1/datalake"


def work():
    query = {
        "size": given["files"],
        "query": {"bool": {"filter": [{"term": {"category": "IDS"}}]}},
        "_source": ["fileId"],
        "sort": [{"fileId": "asc"}],
    }
    answer = requests.post(f"{base}/searchEql", headers=headers, json=query)
    answer.raise_for_status()
    documents = 0
    for hit in answer.json()["hits"]["hits"]:
        params = {"fileId": hit["_source"]["fileId"]}
        answer = requests.get(f"{base}/retrieve", headers=headers, params=params)
        answer.raise_for_status()
        answer.json()
        documents += 1
    return documents


report(work)
