from django.db import migrations, models

# What came stays with its referral until its words go; the files themselves stay as they came.
STAY = """
CREATE FUNCTION coordination_papers_that_came_stay() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT 1 FROM coordination_incomingreferral WHERE id = OLD.incomingreferral_id AND said_by = '–'
    ) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'What came stays with its referral';
END
$$;
CREATE TRIGGER papers_stay BEFORE UPDATE OR DELETE ON coordination_incomingreferral_papers
    FOR EACH ROW EXECUTE FUNCTION coordination_papers_that_came_stay();
CREATE FUNCTION coordination_file_that_came_stays() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM coordination_incomingreferral_papers WHERE attachment_id = OLD.id) THEN
        RAISE EXCEPTION 'What came stays as it was';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER file_that_came_stays BEFORE UPDATE ON residents_attachment FOR EACH ROW
    WHEN ((OLD.request_id, OLD.file, OLD.name, OLD.content_type, OLD.size, OLD.sha256)
        IS DISTINCT FROM (NEW.request_id, NEW.file, NEW.name, NEW.content_type, NEW.size, NEW.sha256))
    EXECUTE FUNCTION coordination_file_that_came_stays();
"""
GO = """
DROP TRIGGER file_that_came_stays ON residents_attachment;
DROP FUNCTION coordination_file_that_came_stays();
DROP TRIGGER papers_stay ON coordination_incomingreferral_papers;
DROP FUNCTION coordination_papers_that_came_stay();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('coordination', '0002_narrowed_referrals'),
        ('residents', '0003_files_of_no_request'),
    ]

    operations = [
        migrations.AddField(
            model_name='incomingreferral',
            name='papers',
            field=models.ManyToManyField(editable=False, related_name='+', to='residents.attachment', verbose_name='documents'),
        ),
        migrations.RunSQL(STAY, GO),
    ]
