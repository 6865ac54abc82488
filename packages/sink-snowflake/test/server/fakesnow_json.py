"""fakesnow (https://github.com/tekumara/fakesnow), with answers that the Node.js driver can read.

Run by the Python of its environment: `python fakesnow_json.py PORT`. Ends when stdin does.
"""

import io
import json
import os
import re
import sys
import threading
from base64 import b64decode

import fakesnow.server as server
import pyarrow
import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

# What fakesnow does not know, and what would change nothing here.
UNKNOWN = [
    (re.compile(r", 'TME'\)"), ")"),
    (re.compile(r" SOURCE_COMPRESSION=GZIP OVERWRITE=TRUE$"), ""),
    (re.compile(r"\bMD5_NUMBER_LOWER64\("), "HASH("),
    (re.compile(r" DEFAULT_DDL_COLLATION = ''"), ""),
]
running = server.query_request


def text(value):
    """As the driver wants values in an answer of rows."""
    if isinstance(value, bool):
        return "1" if value else "0"
    return None if value is None else str(value)


def rowset(encoded):
    if not encoded:
        return []
    table = pyarrow.ipc.open_stream(io.BytesIO(b64decode(encoded))).read_all()
    columns = [column.to_pylist() for column in table.columns]
    return [[text(value) for value in row] for row in zip(*columns, strict=True)]


async def query(request):
    body = json.loads(await request.body())
    for pattern, by in UNKNOWN:
        body["sqlText"] = pattern.sub(by, body["sqlText"])
    sent = json.dumps(body).encode()

    async def receive():
        return {"type": "http.request", "body": sent}

    response = await running(Request(request.scope, receive))
    answer = json.loads(response.body)
    if response.status_code == 500:
        # The driver would ask for minutes again.
        return JSONResponse({**answer, "data": {"errorCode": "261000", "sqlState": "XX000"}})
    data = answer["data"]
    if answer["success"] and "rowtype" in data:
        if "rowsetBase64" in data:
            data["rowset"] = rowset(data.pop("rowsetBase64"))
            # The sink reads nothing but texts; what SHOW adds to them is not in the driver's form.
            for column in data["rowtype"]:
                column["type"] = "text"
        data["queryResultFormat"] = "json"
        data["returned"] = len(data["rowset"])
        data["version"] = 1
    return JSONResponse(answer)


def end_with_input():
    sys.stdin.read()
    os._exit(0)


for route in server.routes:
    if route.path == "/queries/v1/query-request":
        server.routes[server.routes.index(route)] = server.Route(route.path, query, methods=["POST"])

if __name__ == "__main__":
    threading.Thread(target=end_with_input, daemon=True).start()
    app = server.Starlette(routes=server.routes)
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error")
