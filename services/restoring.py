"""The way back from a version's content to the rows that staff edit."""

from django.core.exceptions import ValidationError
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from cus_portal.accounts.models import Institution
from services.exchange.kinds import BASIS, SERVICE
from services.models import Programme, ProgrammeService, Service


def restore(service, content):
    """Write the content back into the entry and its parts."""
    direct = content.get("direct_entry", "")
    words = {**content, "direct_entry": bool(direct), "direct_entry_note": direct}
    _fill(service, SERVICE.columns, words)
    service.provider = Institution.objects.get(code=content["provider"])
    service.instead = Service.objects.filter(code=content.get("instead", "")).first()
    service.save(update_fields=[*SERVICE.columns.values(), "provider", "instead"])
    for word, (many, _kind) in SERVICE.links.items():
        relation = getattr(service, many)
        relation.set(relation.model.objects.filter(code__in=content.get(word, [])))
    _restore_parts(service, SERVICE.parts, content)
    _restore_bases(service, content["basis"])


def _restore_bases(service, rows):
    """Bring each basis back to what is public; one that was added since goes."""
    kept = []
    for words in rows:
        programme = Programme.objects.get(code=words["programme"])
        basis = service.programme_services.filter(programme=programme, valid_from=words["from"]).first()
        basis = basis or ProgrammeService(service=service, programme=programme)
        _fill(basis, BASIS.columns, {"illustrative": False, **words})
        basis.save()
        _restore_parts(basis, BASIS.parts, words)
        kept.append(basis.pk)
    try:
        service.programme_services.exclude(pk__in=kept).delete()
    except ProtectedError as error:
        text = _("Requests were filed under a basis that was added since. Close it by its last day instead.")
        raise ValidationError(text) from error


def _restore_parts(owner, parts, content):
    for part in parts:
        part.model.objects.filter(**{part.owner: owner.pk}).delete()
        for number, words in enumerate(content.get(part.word, []), start=1):
            row = part.model(**{part.owner: owner.pk})
            _fill(row, part.columns, words)
            for word, (column, _kind) in part.references.items():
                target = part.model._meta.get_field(column.removesuffix("_id")).related_model
                setattr(
                    row, column, target.objects.filter(code=words.get(word, "")).values_list("pk", flat=True).first()
                )
            if part.positioned:
                row.position = number
            row.save()


def _fill(row, columns, words):
    for word, column in columns.items():
        field = row._meta.get_field(column)
        setattr(row, column, field.to_python(words[word]) if word in words else field.get_default())
