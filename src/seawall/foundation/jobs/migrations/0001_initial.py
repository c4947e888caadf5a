from django.db import migrations, models

import seawall.foundation.jobs.models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Job",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=seawall.foundation.jobs.models.new_job_id,
                        max_length=40,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("kind", models.CharField(max_length=80)),
                ("subject_id", models.CharField(max_length=80)),
                ("organization_id", models.CharField(blank=True, max_length=40)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "QUEUED"),
                            ("running", "RUNNING"),
                            ("succeeded", "SUCCEEDED"),
                            ("failed", "FAILED"),
                            ("cancelled", "CANCELLED"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("priority", models.SmallIntegerField(default=50)),
                ("turn", models.BigIntegerField()),
                ("started_turn", models.BigIntegerField(null=True)),
                ("run_after", models.DateTimeField()),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("max_attempts", models.PositiveIntegerField()),
                ("fence", models.BigIntegerField(default=0)),
                ("lease_until", models.DateTimeField(null=True)),
                ("worker", models.CharField(blank=True, max_length=120)),
                ("progress_done", models.BigIntegerField(default=0)),
                ("progress_total", models.BigIntegerField(null=True)),
                ("progress_text", models.CharField(blank=True, max_length=200)),
                ("progress_at", models.DateTimeField(null=True)),
                ("idempotency_key", models.CharField(blank=True, max_length=200)),
                ("cancel_requested_at", models.DateTimeField(null=True)),
                ("error", models.CharField(blank=True, max_length=300)),
                ("created_at", models.DateTimeField()),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["state", "priority", "turn", "created_at"], name="job_line"),
                    models.Index(fields=["state", "lease_until"], name="job_leases"),
                    models.Index(fields=["priority", "started_turn"], name="job_started_turns"),
                    models.Index(fields=["organization_id", "priority", "turn"], name="job_own_turns"),
                    models.Index(fields=["subject_id", "created_at"], name="job_by_subject"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("idempotency_key", ""), _negated=True),
                        fields=("idempotency_key",),
                        name="job_once_per_key",
                    )
                ],
            },
        ),
    ]
