"""Which objects of this app hold a person's data, and how they lead to him."""

from cus_portal.audit.subjects import about_person, finds_person, finds_thing
from residents.models import Case, Resident, ServiceRequest
from residents.models.numbers import case_sign_in, is_valid_pesel, pesel_index, reference_in

about_person("residents.resident", "pk")
about_person("residents.servicerequest", "resident", untold="restricted_file")
about_person("residents.requestitem", "request__resident", untold="request__restricted_file")
about_person("residents.attachment", "request__resident", untold="request__restricted_file")
about_person("residents.requestmessage", "request__resident", untold="request__restricted_file")
about_person("residents.consent", "request__resident", untold="request__restricted_file")
about_person("residents.letter", "request__resident", untold="request__restricted_file")
about_person("residents.case", "resident", untold="restricted_file")
about_person("residents.casenote", "case__resident", untold="case__restricted_file")
about_person("residents.flag", "resident", untold="resident__restricted_file")
about_person("residents.needsassessment", "case__resident", untold="case__restricted_file")
about_person("residents.conflictofinterest", "resident", untold="pk")


@finds_thing
def request_of_number(text):
    """Know a request of which nobody has said yet whose it is."""
    return ServiceRequest.objects.filter(reference=reference_in(text) or None).first()


@finds_person
def by_number(text):
    """Know a person by the number of a request, the sign of a case or the PESEL; names are too many people's."""
    if reference := reference_in(text):
        return ServiceRequest.objects.filter(reference=reference).values_list("resident", flat=True).first()
    if sign := case_sign_in(text):
        return Case.objects.filter(case_sign=sign).values_list("resident", flat=True).first()
    if is_valid_pesel(text):
        return Resident.objects.filter(pesel_index=pesel_index(text)).values_list("pk", flat=True).first()
    return None
