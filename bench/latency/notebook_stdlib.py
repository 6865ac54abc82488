"""The same pattern with nothing but Python's standard library."""

import json
import os
import sys
from urllib.request import Request, urlopen

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from measure import report  # noqa: E402

given = json.loads(sys.argv[1])
headers = {"ts-auth-token": given["token"], "x-org-slug": given["org"]}
base = given["url"] + "/v1/datalake"


def fetch(path, body=None):
    data = None if body is None else json.dumps(body).encode()
    kind = {} if body is None else {"content-type": "application/json"}
    with urlopen(Request(base + path, data=data, headers={**headers, **kind})) as answer:
        return json.load(answer)


def work():
    query = {
        "size": given["files"],
        "query": {"bool": {"filter": [{"term": {"category": "IDS"}}]}},
        "_source": ["fileId"],
        "sort": [{"fileId": "asc"}],
    }
    hits = fetch("/searchEql", query)["hits"]["hits"]
    for hit in hits:
        fetch("/retrieve?fileId=" + hit["_source"]["fileId"])
    return len(hits)


report(work)
