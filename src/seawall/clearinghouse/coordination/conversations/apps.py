from django.apps import AppConfig
from django.db.models import Q

from seawall.foundation.access.types import Actor


class ConversationsConfig(AppConfig):
    """Registers how actors stand to threads and messages."""

    name = "seawall.clearinghouse.coordination.conversations"
    label = "conversations"

    def ready(self) -> None:
        """Fill the relation registry."""
        from seawall.clearinghouse.coordination.conversations import audiences, models  # noqa: PLC0415 - models first
        from seawall.foundation.access import relations  # noqa: PLC0415

        def opener(actor: Actor) -> Q:
            return relations.own_organization(actor) & audiences.threads_for(actor)

        def author(actor: Actor) -> Q:
            return relations.own_organization(actor) & audiences.messages_for(actor)

        relations.register_kind(models.Thread, "thread")
        relations.register("thread", "audience", audiences.threads_for)
        relations.register("thread", "opener", opener)
        relations.register_kind(models.Message, "message")
        relations.register("message", "audience", audiences.messages_for)
        relations.register("message", "author", author)
