#!/usr/bin/env python3
"""An aggregated API server in Python, standard library only: weather.example.com/v1, weather reports in memory.

    python3 examples/python-backend/weather.py --front-proxy-ca FILE [--port 7201] [--folder FOLDER]

It makes itself a certificate with openssl, writes FOLDER/weather.yaml with the Service and the APIService to apply, and serves. Users are
named by headers; they count only with a certificate of the front proxy that the given authority signed.
"""

import argparse
import base64
import collections
import json
import os
import queue
import ssl
import subprocess
import threading
import time
import urllib.parse
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

GROUP, VERSION, RESOURCE, KIND = "weather.example.com", "v1", "reports", "Report"
GROUP_VERSION = f"{GROUP}/{VERSION}"
SERVICE, NAMESPACE = "weather", "default"
BODY_BYTES_MAX = 1024 * 1024
WATCH_SECONDS_MAX = 1800
QUEUED_EVENTS_MAX = 1000
HISTORY_EVENTS_MAX = 1000

MANIFEST = """apiVersion: v1
kind: Service
metadata:
  name: {service}
  namespace: {namespace}
spec:
  type: ExternalName
  externalName: 127.0.0.1
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata:
  name: {version}.{group}
spec:
  group: {group}
  version: {version}
  groupPriorityMinimum: 1000
  versionPriority: 15
  caBundle: {ca}
  service:
    namespace: {namespace}
    name: {service}
    port: {port}
"""


class Failure(Exception):
    def __init__(self, code, reason, message):
        super().__init__(message)
        self.code, self.reason = code, reason

    def status(self):
        return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                "message": str(self), "reason": self.reason, "code": self.code}


class Store:
    """Reports by namespace and name; every change has a number, and watchers are told of it."""

    def __init__(self):
        self.lock = threading.Lock()
        self.objects = {}
        self.revision = self.first = time.time_ns() // 1000
        self.watchers = set()
        self.history = collections.deque(maxlen=HISTORY_EVENTS_MAX)

    def list(self, namespace):
        with self.lock:
            return self.revision, self.visible(namespace)

    def visible(self, namespace):
        return [o for (space, _), o in sorted(self.objects.items()) if namespace in (None, space)]

    def get(self, namespace, name):
        with self.lock:
            if (namespace, name) not in self.objects:
                raise Failure(404, "NotFound", f'{RESOURCE}.{GROUP} "{name}" not found')
            return self.objects[namespace, name]

    def create(self, namespace, body, user):
        metadata = body.get("metadata") if isinstance(body, dict) else None
        name = metadata.get("name") if isinstance(metadata, dict) else None
        if not isinstance(name, str) or name == "":
            raise Failure(422, "Invalid", "metadata.name: Required value")
        with self.lock:
            if (namespace, name) in self.objects:
                raise Failure(409, "AlreadyExists", f'{RESOURCE}.{GROUP} "{name}" already exists')
            made = {**body, "apiVersion": GROUP_VERSION, "kind": KIND, "metadata": {
                **metadata, "namespace": namespace, "uid": str(uuid.uuid4()),
                "creationTimestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}, "reporter": user}
            return self.changed("ADDED", namespace, name, made)

    def delete(self, namespace, name):
        found = self.get(namespace, name)
        with self.lock:
            return self.changed("DELETED", namespace, name, found)

    def changed(self, kind, namespace, name, value):
        self.revision += 1
        value = {**value, "metadata": {**value["metadata"], "resourceVersion": str(self.revision)}}
        if kind == "DELETED":
            self.objects.pop((namespace, name), None)
        else:
            self.objects[namespace, name] = value
        self.history.append((self.revision, namespace, {"type": kind, "object": value}))
        for watcher in list(self.watchers):
            try:
                watcher.put_nowait((namespace, {"type": kind, "object": value}))
            except queue.Full:
                self.watchers.discard(watcher)
        return value

    def watch(self, namespace, version):
        """What happened after a version, or what is there now where none is named, and a queue of what comes next."""
        with self.lock:
            after = int(version) if version.isdigit() else 0
            oldest = self.history[0][0] - 1 if len(self.history) == HISTORY_EVENTS_MAX else self.first
            if 0 < after < oldest:
                raise Failure(410, "Expired", f"too old resource version: {after} ({oldest})")
            watcher = queue.Queue(QUEUED_EVENTS_MAX)
            self.watchers.add(watcher)
            if after == 0:
                return watcher, [{"type": "ADDED", "object": o} for o in self.visible(namespace)]
            return watcher, [e for revision, space, e in self.history if revision > after and namespace in (None, space)]


STORE = Store()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    allowed_names = ()

    def do_GET(self):
        self.answer(self.read)

    def do_POST(self):
        self.answer(lambda: (201, STORE.create(self.namespace(), self.body(), self.user())))

    def do_DELETE(self):
        self.answer(self.remove)

    def answer(self, act):
        try:
            self.user()
            code, value = act()
        except Failure as failure:
            code, value = failure.code, failure.status()
        if value is not None:
            self.send(code, value)

    def user(self):
        """Whom the front proxy names; nobody else is believed."""
        subject = dict(pair[0] for pair in (self.connection.getpeercert() or {}).get("subject", ()))
        if subject.get("commonName") not in self.allowed_names:
            raise Failure(401, "Unauthorized", "Unauthorized")
        return self.headers.get("X-Remote-User", "")

    def parts(self):
        path = urllib.parse.urlsplit(self.path).path
        return [urllib.parse.unquote(part) for part in path.strip("/").split("/")]

    def read(self):
        parts = self.parts()
        if parts == ["apis", GROUP, VERSION]:
            return 200, {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": GROUP_VERSION, "resources": [
                {"name": RESOURCE, "singularName": "report", "kind": KIND, "namespaced": True,
                 "verbs": ["create", "delete", "get", "list", "watch"]}]}
        if parts[:3] != ["apis", GROUP, VERSION]:
            raise Failure(404, "NotFound", "the server could not find the requested resource")
        namespace, name = self.target()
        if name is not None:
            return 200, STORE.get(namespace, name)
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
        if query.get("watch") in ("1", "true"):
            return self.watch(namespace, query)
        revision, items = STORE.list(namespace)
        return 200, {"kind": f"{KIND}List", "apiVersion": GROUP_VERSION,
                     "metadata": {"resourceVersion": str(revision)}, "items": items}

    def remove(self):
        namespace, name = self.target()
        if name is None:
            raise Failure(405, "MethodNotAllowed", "deletecollection is not supported")
        self.body()
        STORE.delete(namespace, name)
        return 200, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}

    def target(self):
        """namespaces/NAMESPACE/reports[/NAME], or reports of all namespaces."""
        rest = self.parts()[3:]
        if rest == [RESOURCE]:
            return None, None
        if len(rest) in (3, 4) and rest[0] == "namespaces" and rest[2] == RESOURCE:
            return rest[1], rest[3] if len(rest) == 4 else None
        raise Failure(404, "NotFound", "the server could not find the requested resource")

    def namespace(self):
        namespace, name = self.target()
        if namespace is None or name is not None:
            raise Failure(405, "MethodNotAllowed", "create is supported in a namespace")
        return namespace

    def body(self):
        length = int(self.headers.get("Content-Length") or 0)
        if length > BODY_BYTES_MAX:
            self.close_connection = True
            raise Failure(413, "RequestEntityTooLarge", "the body is too large")
        try:
            return json.loads(self.rfile.read(length) or b"{}")
        except ValueError as error:
            raise Failure(400, "BadRequest", f"the body is no JSON: {error}") from error

    def send(self, code, value):
        text = json.dumps(value).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def watch(self, namespace, query):
        watcher, events = STORE.watch(namespace, query.get("resourceVersion", ""))
        end = time.monotonic() + min(int(query.get("timeoutSeconds") or WATCH_SECONDS_MAX), WATCH_SECONDS_MAX)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for event in events:
                self.chunk(json.dumps(event).encode() + b"\n")
            while watcher in STORE.watchers and time.monotonic() < end:
                try:
                    space, event = watcher.get(timeout=1)
                except queue.Empty:
                    continue
                if namespace in (None, space):
                    self.chunk(json.dumps(event).encode() + b"\n")
            self.chunk(b"")
        except OSError:
            self.close_connection = True
        finally:
            STORE.watchers.discard(watcher)
        return 200, None

    def chunk(self, data):
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def log_message(self, *_):
        pass


def make_certificate(folder):
    """A key and a certificate that signs itself, for the name by which the aggregator verifies this server."""
    cert, key = os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem")
    name = f"{SERVICE}.{NAMESPACE}.svc"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
                    "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-keyout", key, "-out", cert],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return cert, key


def main():
    parser = argparse.ArgumentParser(description="Weather reports behind a kube-aggregator.")
    parser.add_argument("--front-proxy-ca", required=True, help="requestheader-client-ca-file of extension-apiserver-authentication")
    parser.add_argument("--front-proxy-name", action="append", help="common name of the front proxy (front-proxy-client)")
    parser.add_argument("--port", type=int, default=7201)
    parser.add_argument("--folder", default="weather")
    options = parser.parse_args()
    os.makedirs(options.folder, exist_ok=True)
    cert, key = make_certificate(options.folder)
    with open(cert, "rb") as file:
        ca = base64.b64encode(file.read()).decode()
    manifest = os.path.join(options.folder, "weather.yaml")
    with open(manifest, "w", encoding="utf-8") as file:
        file.write(MANIFEST.format(service=SERVICE, namespace=NAMESPACE, group=GROUP, version=VERSION, ca=ca, port=options.port))
    Handler.allowed_names = tuple(options.front_proxy_name or ["front-proxy-client"])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    context.load_verify_locations(options.front_proxy_ca)
    context.verify_mode = ssl.CERT_OPTIONAL
    server = ThreadingHTTPServer(("127.0.0.1", options.port), Handler)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    print(f"weather reports are served on port {options.port}; apply {manifest}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
