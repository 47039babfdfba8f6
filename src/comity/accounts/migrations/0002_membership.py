import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import comity.kernel.clock

ROLES = ("viewer", "examiner", "operator")
BODY = "body:"


def take_over(apps, schema_editor):
    """Groups become memberships. Whoever was in a body could read and write its letters: there a clerk. Everybody with
    an account could read the registers: who had nothing else is a viewer."""
    using = schema_editor.connection.alias
    User = apps.get_model("auth", "User")
    Group = apps.get_model("auth", "Group")
    Membership = apps.get_model("accounts", "Membership")
    for user in User.objects.using(using).order_by("pk").iterator():
        names = list(user.groups.order_by("name").values_list("name", flat=True))
        held = [("", name) for name in names if name in ROLES]
        held += [(name.removeprefix(BODY), "clerk") for name in names if name.startswith(BODY)]
        for body, role in held or [("", "viewer")]:
            Membership.objects.using(using).create(user=user, body=body, role=role)
    Group.objects.using(using).filter(models.Q(name__in=ROLES) | models.Q(name__startswith=BODY)).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("body", models.CharField(blank=True, max_length=64)),
                ("role", models.CharField(max_length=16)),
                ("since", models.DateTimeField(default=comity.kernel.clock.now)),
                ("until", models.DateTimeField(blank=True, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("until", None)), fields=("user", "body", "role"), name="membership_once"
                    )
                ],
            },
        ),
        migrations.RunPython(take_over, migrations.RunPython.noop),
    ]
