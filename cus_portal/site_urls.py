"""Addresses of the pages that belong to no app; cus_portal.urls puts them beside the apps' own."""

from django.urls import path

from cus_portal import views

in_one_language = [
    path("brand.css", views.brand_css, name="brand_css"),
    path("robots.txt", views.robots, name="robots"),
    path("zdrowie/", views.health, name="health"),
    path("demo/poczta/", views.demo_mails, name="demo_mails"),
    path("demo/styl/", views.style_guide, name="style_guide"),
]
in_each_language = [
    path("kontakt/", views.contact, name="contact"),
    path("dostepnosc/", views.accessibility, name="accessibility"),
    path("w-naglej-sprawie/", views.emergency, name="emergency"),
    path("o-centrum/", views.about, name="about"),
    path("latwy-tekst/", views.easy_to_read, name="easy_to_read"),
    path("jezyk-migowy/", views.sign_language, name="sign_language"),
]
