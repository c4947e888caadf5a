from django.db import migrations, models


class Migration(migrations.Migration):
    """What a coordinator states of a case that no record can tell."""

    dependencies = [("coordination", "0004_participants")]

    operations = [
        migrations.AddField(model_name="caseselection", name="stated", field=models.JSONField(default=dict)),
    ]
