from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("intake", "0002_failure_classes"),
    ]

    operations = [
        migrations.AddField(
            model_name="report",
            name="relay",
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.AddField(
            model_name="report",
            name="unread",
            field=models.JSONField(db_default=models.Value([], models.JSONField()), default=list),
        ),
    ]
