"""Participants with a tier, an end and a fix path; vendors' statements, readings, selections; the contact register."""

from typing import Any

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import seawall.clearinghouse.coordination.models

ROLES_WITH_A_PATH = ("vendor", "deployer")


def carry_over(apps: Any, schema_editor: Any) -> None:
    """Contacts move into the register, confirmed as they were used; who received the report is aware of it."""
    old = apps.get_model("coordination", "PackageContact")
    contact = apps.get_model("coordination", "Contact")
    now = django.utils.timezone.now()
    for row in old.objects.using(schema_editor.connection.alias).order_by("package"):
        contact.objects.using(schema_editor.connection.alias).create(
            id=seawall.clearinghouse.coordination.models._contact_id(),
            kind="exact",
            pattern=row.package,
            organization_id=row.organization_id,
            said_by="the server's keeper",
            said_at=now,
            confirmed_at=now,
            confirmed_by="the server's keeper",
        )
    participant = apps.get_model("coordination", "Participant")
    aware = participant.objects.using(schema_editor.connection.alias).filter(role__in=ROLES_WITH_A_PATH)
    aware.exclude(report_management="start").update(fix="Vfd")


def carry_back(apps: Any, schema_editor: Any) -> None:
    """The best confirmed contact of each package."""
    old = apps.get_model("coordination", "PackageContact")
    contact = apps.get_model("coordination", "Contact")
    rows = contact.objects.using(schema_editor.connection.alias).filter(kind="exact", withdrawn_at=None)
    for row in rows.exclude(confirmed_at=None).exclude(organization_id="").order_by("priority", "said_at"):
        old.objects.using(schema_editor.connection.alias).get_or_create(
            package=row.pattern, defaults={"organization_id": row.organization_id}
        )


class Migration(migrations.Migration):
    dependencies = [
        ("coordination", "0003_merges"),
    ]

    operations = [
        migrations.CreateModel(
            name="CaseReading",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("organization_id", models.CharField(max_length=40)),
                ("actor_id", models.CharField(max_length=200)),
                ("actor_label", models.CharField(max_length=200)),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("case", "CASE"),
                            ("brief", "BRIEF"),
                            ("report", "REPORT"),
                            ("evidence", "EVIDENCE"),
                            ("statements", "STATEMENTS"),
                            ("thread", "THREAD"),
                            ("file", "FILE"),
                        ],
                        max_length=12,
                    ),
                ),
                ("hour", models.DateTimeField()),
                ("at", models.DateTimeField()),
                ("log_index", models.BigIntegerField()),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="readings", to="coordination.case"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CaseSelection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("table", models.CharField(max_length=40)),
                ("outcome", models.CharField(max_length=40)),
                ("document", models.JSONField()),
                ("reason", models.TextField()),
                ("made_by", models.CharField(max_length=200)),
                ("made_at", models.DateTimeField()),
                ("log_index", models.BigIntegerField()),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="selections", to="coordination.case"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Contact",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=seawall.clearinghouse.coordination.models._contact_id,
                        max_length=40,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("exact", "EXACT"), ("prefix", "PREFIX"), ("repository", "REPOSITORY")], max_length=10
                    ),
                ),
                ("pattern", models.CharField(db_index=True, max_length=500)),
                ("organization_id", models.CharField(blank=True, db_index=True, max_length=40)),
                ("reference", models.CharField(blank=True, max_length=500)),
                ("priority", models.PositiveSmallIntegerField(default=10)),
                ("note", models.CharField(blank=True, max_length=300)),
                ("said_by", models.CharField(max_length=200)),
                ("said_by_organization", models.CharField(blank=True, max_length=40)),
                ("said_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("confirmed_by", models.CharField(blank=True, max_length=200)),
                ("bounced_at", models.DateTimeField(null=True)),
                ("withdrawn_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="VendorStatement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("organization_id", models.CharField(max_length=40)),
                ("product", models.CharField(max_length=500)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("affected", "AFFECTED"),
                            ("not_affected", "NOT_AFFECTED"),
                            ("fixed", "FIXED"),
                            ("under_investigation", "UNDER_INVESTIGATION"),
                            ("unknown", "UNKNOWN"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "justification",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("component_not_present", "COMPONENT_NOT_PRESENT"),
                            ("vulnerable_code_not_present", "VULNERABLE_CODE_NOT_PRESENT"),
                            ("vulnerable_code_not_in_execute_path", "VULNERABLE_CODE_NOT_IN_EXECUTE_PATH"),
                            (
                                "vulnerable_code_cannot_be_controlled_by_adversary",
                                "VULNERABLE_CODE_CANNOT_BE_CONTROLLED_BY_ADVERSARY",
                            ),
                            ("inline_mitigations_already_exist", "INLINE_MITIGATIONS_ALREADY_EXIST"),
                        ],
                        max_length=60,
                    ),
                ),
                ("fixed_version", models.CharField(blank=True, max_length=256)),
                ("text", models.TextField(blank=True)),
                ("link", models.CharField(blank=True, max_length=2048)),
                ("made_by", models.CharField(max_length=200)),
                ("made_at", models.DateTimeField()),
                ("superseded_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="participant",
            name="answered_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="participant",
            name="fix",
            field=models.CharField(
                choices=[("vfd", "UNAWARE"), ("Vfd", "AWARE"), ("VFd", "READY"), ("VFD", "DEPLOYED")],
                default=seawall.clearinghouse.coordination.types.FixPath["UNAWARE"],
                max_length=3,
            ),
        ),
        migrations.AddField(
            model_name="participant",
            name="further_roles",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="participant",
            name="tier",
            field=models.PositiveSmallIntegerField(
                choices=[(0, "MAKERS"), (1, "EXPERTS"), (2, "DISTRIBUTORS"), (3, "REGISTRIES")],
                default=seawall.clearinghouse.coordination.types.Tier["MAKERS"],
            ),
        ),
        migrations.AddField(
            model_name="participant",
            name="until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddConstraint(
            model_name="contact",
            constraint=models.UniqueConstraint(
                condition=models.Q(("withdrawn_at", None)),
                fields=("pattern", "organization_id", "reference"),
                name="contact_once",
            ),
        ),
        migrations.AddField(
            model_name="vendorstatement",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="statements", to="coordination.case"
            ),
        ),
        migrations.AddConstraint(
            model_name="casereading",
            constraint=models.UniqueConstraint(
                fields=("case", "actor_id", "what", "hour"), name="reading_once_an_hour"
            ),
        ),
        migrations.AddConstraint(
            model_name="vendorstatement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("superseded_at", None)),
                fields=("case", "organization_id", "product"),
                name="statement_current_once",
            ),
        ),
        migrations.RunPython(carry_over, carry_back),
        migrations.DeleteModel(
            name="PackageContact",
        ),
    ]
