"""The addresses of referrals as FHIR R4, for the systems of other institutions."""

from django.urls import path

from coordination.views import fhir
from services.api import urls as open_data  # noqa: F401 (it brings the any_path of an address)

app_name = "fhir"
urlpatterns = [
    path("", fhir.nothing, name="root"),
    path("metadata", fhir.metadata, name="metadata"),
    path("CodeSystem/<slug:name>", fhir.code_system, name="code_system"),
    path("ValueSet/<slug:name>", fhir.value_set, name="value_set"),
    path("Task", fhir.tasks, name="tasks"),
    path("Task/<int:pk>", fhir.task, name="task"),
    path("ServiceRequest/<int:pk>", fhir.service_request, name="service_request"),
    path("DocumentReference/<int:pk>", fhir.document_reference, name="document_reference"),
    path("Binary/<int:pk>", fhir.binary, name="binary"),
    path("Organization", fhir.organizations, name="organizations"),
    path("Organization/<int:pk>", fhir.organization, name="organization"),
    path("<any_path:rest>", fhir.nothing, name="nothing"),
]
