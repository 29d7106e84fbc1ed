from django.contrib.auth.decorators import login_not_required
from django.contrib.sitemaps.views import index, sitemap
from django.urls import path

from services.sitemaps import SITEMAPS
from services.views import catalogue, guide, rating, sheets

app_name = "services"
urlpatterns = [
    path("", catalogue.home, name="home"),
    path("uslugi/", catalogue.service_list, name="list"),
    path("uslugi/<slug:slug>/", catalogue.service_detail, name="detail"),
    path("uslugi/<slug:slug>/czy-dla-mnie/", guide.check, name="check"),
    path("uslugi/<slug:slug>/karta.pdf", sheets.sheet, name="sheet"),
    path("czy-pomoglo/", rating.rate_search, name="rate_search"),
    path("czy-pomoglo/<slug:slug>/", rating.rate_service, name="rate_service"),
    path("okienko/", sheets.widget, name="widget"),
    path("okienko/jak/", sheets.widget_help, name="widget_help"),
    path(
        "sitemap.xml",
        login_not_required(index),
        {"sitemaps": SITEMAPS, "sitemap_url_name": "services:sitemap_part"},
        name="sitemap",
    ),
    path("sitemap-<slug:section>.xml", login_not_required(sitemap), {"sitemaps": SITEMAPS}, name="sitemap_part"),
    path("krok-po-kroku/", guide.guide, name="guide"),
    path("krok-po-kroku/<slug:code>/", guide.guide_question, name="guide_question"),
    path("krok-po-kroku/<slug:code>/<int:position>/", guide.guide_end, name="guide_end"),
    path("mapa/", catalogue.map_page, name="map"),
    path("druki/<slug:code>/", catalogue.form_download, name="form"),
]
