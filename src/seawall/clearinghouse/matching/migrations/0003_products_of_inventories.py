from typing import Any

from django.db import migrations


def fill(apps: Any, _schema: Any) -> None:
    """Each name that an operator has given to inventories becomes a product; our advisories get their names."""
    inventories = apps.get_model("matching", "Inventory")
    products = apps.get_model("matching", "Product")
    advisories = apps.get_model("matching", "AffectedAdvisory")
    names = apps.get_model("matching", "AdvisoryIdentifier")
    for row in inventories.objects.filter(product=None).order_by("uploaded_at"):
        product = products.objects.filter(organization_id=row.organization_id, name=row.name).first()
        if product is None:
            product = products.objects.create(
                organization_id=row.organization_id, name=row.name, created_at=row.uploaded_at
            )
        inventories.objects.filter(pk=row.pk).update(product=product)
    for row in advisories.objects.filter(name=""):
        advisories.objects.filter(pk=row.pk).update(name=row.pk)
        if row.published_at is not None:
            found = dict.fromkeys(name.strip().upper()[:200] for name in (row.pk, *row.identifiers))
            names.objects.bulk_create([names(advisory_id=row.pk, identifier=name) for name in found])


class Migration(migrations.Migration):
    dependencies = [
        ("matching", "0002_products_judgments_and_other_publishers"),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
