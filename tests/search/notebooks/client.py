"""Asks TDP as its users' notebooks do: requests for searches, aiohttp for many downloads at once.

Takes the path of a credentials file and prints one JSON object.
"""

import asyncio
import hashlib
import json
import sys

import aiohttp
import requests

AT_ONCE = 25
TRIES = 3

with open(sys.argv[1], encoding="utf-8") as file:
    AUTH = json.load(file)
HEADERS = {"ts-auth-token": AUTH["auth_token"], "x-org-slug": AUTH["org"]}


def ask(body):
    """One search; what it refuses is an exception."""
    url = AUTH["api_url"] + "datalake/searchEql"
    response = requests.post(url, headers=HEADERS, json=body, timeout=60)
    response.raise_for_status()
    return response.json()


def find_all(query, size):
    """Every hit of a query, page after page."""
    body = {"size": size, "query": query, "sort": [{"fileId": "asc"}], "_source": ["fileId", "filePath"]}
    hits = []
    while True:
        page = ask(body)["hits"]["hits"]
        if not page:
            return [hit["_source"]["fileId"] for hit in hits]
        hits += page
        body["search_after"] = [page[-1]["_source"]["fileId"]]


def count_by(field):
    """How many files there are of each value of a field."""
    answer = ask({"size": 0, "aggs": {"values": {"terms": {"field": field, "size": 100}}}})
    return {bucket["key"]: bucket["doc_count"] for bucket in answer["aggregations"]["values"]["buckets"]}


async def download(session, limit, file_id):
    """One file: its address first, then the file. What fails for now is tried again."""
    url = AUTH["api_url"] + "datalake/retrieve"
    params = {"fileId": file_id, "getPresigned": "True"}
    async with limit:
        for attempt in range(1, TRIES + 1):
            async with session.get(url, params=params) as answer:
                if answer.status == 502 and attempt < TRIES:
                    continue
                answer.raise_for_status()
                address = (await answer.json())["url"]
            # With the headers of the session, as the notebooks do it.
            async with session.get(address) as content:
                content.raise_for_status()
                return file_id, hashlib.sha256(await content.read()).hexdigest()


async def download_all(file_ids):
    """Many files, so many at once."""
    limit = asyncio.Semaphore(AT_ONCE)
    async with aiohttp.ClientSession(headers=HEADERS) as session:
        return dict(await asyncio.gather(*(download(session, limit, file_id) for file_id in file_ids)))


WANTED = {"bool": {"must": [{"term": {"category": "IDS"}}, {"range": {"indexedAt": {"lt": "2100-01-01"}}}]}}
LABEL = [{"term": {"labels.name": "project"}}, {"term": {"labels.value": "red"}}]
LABELLED = {"nested": {"path": "labels", "query": {"bool": {"must": LABEL}}}}
refused = requests.post(
    AUTH["api_url"] + "datalake/searchEql", headers=HEADERS, json={"query": {"nope": {}}}, timeout=60
)
found = find_all(WANTED, 100)
json.dump(
    {
        "found": found,
        "labelled": find_all(LABELLED, 1000),
        "total": ask({"size": 0, "query": WANTED})["hits"]["total"],
        "categories": count_by("category"),
        "raw": requests.post(
            AUTH["api_url"] + "datalake/searchEql?index=raw", headers=HEADERS, json={"size": 0}, timeout=60
        ).json()["hits"]["total"],
        "refused": [refused.status_code, refused.json()["message"]],
        "digests": asyncio.run(download_all(found)),
    },
    sys.stdout,
)
