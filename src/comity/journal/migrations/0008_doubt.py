from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("journal", "0007_quantum"),
    ]

    operations = [
        migrations.AddField(
            model_name="witnessed",
            name="doubt",
            field=models.CharField(
                blank=True,
                choices=[("", "none"), ("ask", "the partners are to be asked"), ("follow", "the copy has to catch up")],
                default="",
                max_length=6,
            ),
        ),
        migrations.AddField(
            model_name="witnessed",
            name="learned",
            field=models.TextField(blank=True, default=""),
        ),
    ]
