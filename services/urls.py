from django.urls import path

from services.views import catalogue, guide

app_name = "services"
urlpatterns = [
    path("", catalogue.home, name="home"),
    path("uslugi/", catalogue.service_list, name="list"),
    path("uslugi/<slug:slug>/", catalogue.service_detail, name="detail"),
    path("uslugi/<slug:slug>/czy-dla-mnie/", guide.check, name="check"),
    path("krok-po-kroku/", guide.guide, name="guide"),
    path("krok-po-kroku/<slug:code>/", guide.guide_question, name="guide_question"),
    path("krok-po-kroku/<slug:code>/<int:position>/", guide.guide_end, name="guide_end"),
    path("mapa/", catalogue.map_page, name="map"),
    path("druki/<slug:code>/", catalogue.form_download, name="form"),
]
