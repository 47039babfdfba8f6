"""Addresses for partners."""

from __future__ import annotations

from django.urls import path, register_converter

from comity.federation import views, views_copy, views_keys


class Sha256Converter:
    regex = "[0-9a-f]{64}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class KeyidConverter(Sha256Converter):
    regex = "[0-9a-f]{8}"


class IndexConverter:
    regex = "[0-9]{1,15}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


register_converter(Sha256Converter, "sha256")
register_converter(KeyidConverter, "keyid")
register_converter(IndexConverter, "index")

app_name = "federation"
urlpatterns = [
    path("journal/checkpoint", views.checkpoint, name="checkpoint"),
    path("journal/since/<index:start>", views.since, name="since"),
    path("journal/handover/<keyid:keyid>", views.handover, name="handover"),
    path("journal/bundles/<index:first>-<index:last>", views.bundles, name="bundles"),
    path("journal/tile/<path:path>", views.tile, name="tile"),
    path("journal/openings/<index:start>-<index:end>", views.openings, name="openings"),
    path("federation/v1/copy/<sha256:origin>/newest", views_copy.newest, name="copy_newest"),
    path(
        "federation/v1/copy/<sha256:origin>/openings/<index:start>-<index:end>",
        views_copy.openings,
        name="copy_openings",
    ),
    path("federation/v1/cosigned", views_copy.cosigned, name="cosigned"),
    path("federation/v1/files/<sha256:sha256>/<index:n>", views.file, name="file"),
    path("federation/v1/notice", views.notice, name="notice"),
    path("federation/v1/keys", views_keys.told, name="keys"),
    path("federation/v1/pair", views.pair, name="pair"),
    path("federation/v1/about", views.about_node, name="about"),
    path("federation/v1/inbox", views.inbox, name="inbox"),
    path("federation/v1/inbox/<path:path>", views.inbox_file, name="inbox_file"),
    path("witness/add-checkpoint", views.add_checkpoint, name="add_checkpoint"),
    path("witness/<sha256:origin>/checkpoint", views.witnessed, name="witnessed"),
    path("mirror/add-checkpoint", views.mirror_checkpoint, name="mirror_checkpoint"),
    path("mirror/add-entries", views.mirror_entries, name="mirror_entries"),
    path("mirror/<sha256:origin>/checkpoint", views.mirrored, name="mirrored"),
    path("mirror/<sha256:origin>/tile/<path:path>", views.mirrored_tile, name="mirrored_tile"),
]
