from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def offered(apps: Apps, _: BaseDatabaseSchemaEditor) -> None:
    """Whoever was asked and has not said no knows of it; of one that is closed nobody can tell any more, and nothing is shown."""
    rows = apps.get_model("deconfliction", "Introduction").objects.filter(state__in=["offered", "introduced"])
    rows.update(offered_at=models.F("changed_at"))


class Migration(migrations.Migration):
    dependencies = [("deconfliction", "0005_networks")]

    operations = [
        migrations.AddField(model_name="introduction", name="offered_at", field=models.DateTimeField(null=True)),
        migrations.RunPython(offered, migrations.RunPython.noop),
    ]
