"""The HTTP API: translates requests to services and errors to problem documents."""

from ninja import NinjaAPI

api = NinjaAPI(title="Seawall", version="1", urls_namespace="api")
