"""A shop of django-oscar as its getting-started guide makes one: SQLite, a transaction a request, simple search.

What is not in the guide is said beside it. `oscar.sh` sets the environment and starts it.
"""

import os
from pathlib import Path

from oscar.defaults import *  # noqa: F401,F403 -- the guide's own first line

WORK = Path(os.environ["OSCAR_PEER_WORK"])
SECRET_KEY = os.environ["OSCAR_PEER_SECRET_KEY"]

DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
SITE_ID = 1
ROOT_URLCONF = "urls"

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-gb"
# The catalogue has one language. Without this each page carries a menu of all that Django knows.
LANGUAGES = [("en-gb", "English")]

STATIC_URL = "/static/"
MEDIA_URL = "/media/"
MEDIA_ROOT = WORK / "media"

# The guide's database. Its transactions begin as readers, and SQLite refuses one that wants to write while another
# does: even a product page counts its visits, so that some pages fail under load.
DATABASE_OPTIONS = {}
if os.environ.get("OSCAR_PEER_DATABASE") == "wal":
    # What somebody who runs Oscar on SQLite and looks after it sets: writers wait for each other instead of failing.
    DATABASE_OPTIONS = {
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL",
    }

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": WORK / "db.sqlite3",
        "ATOMIC_REQUESTS": True,
        "OPTIONS": DATABASE_OPTIONS,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"

HAYSTACK_CONNECTIONS = {"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}}

AUTHENTICATION_BACKENDS = [
    "oscar.apps.customer.auth_backends.EmailBackend",
    "django.contrib.auth.backends.ModelBackend",
]

# Oscar's own apps: the module under `oscar.apps`, and its configuration in it.
OSCAR_APPS = {
    "analytics": "Analytics",
    "checkout": "Checkout",
    "address": "Address",
    "shipping": "Shipping",
    "catalogue": "Catalogue",
    "catalogue.reviews": "CatalogueReviews",
    "communication": "Communication",
    "partner": "Partner",
    "basket": "Basket",
    "payment": "Payment",
    "offer": "Offer",
    "order": "Order",
    "customer": "Customer",
    "search": "Search",
    "voucher": "Voucher",
    "wishlists": "Wishlists",
    "dashboard": "Dashboard",
    "dashboard.reports": "ReportsDashboard",
    "dashboard.users": "UsersDashboard",
    "dashboard.orders": "OrdersDashboard",
    "dashboard.catalogue": "CatalogueDashboard",
    "dashboard.offers": "OffersDashboard",
    "dashboard.partners": "PartnersDashboard",
    "dashboard.pages": "PagesDashboard",
    "dashboard.ranges": "RangesDashboard",
    "dashboard.reviews": "ReviewsDashboard",
    "dashboard.vouchers": "VouchersDashboard",
    "dashboard.communications": "CommunicationsDashboard",
    "dashboard.shipping": "ShippingDashboard",
}

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.sites",
    "django.contrib.flatpages",
    "oscar.config.Shop",
    *(f"oscar.apps.{module}.apps.{name}Config" for module, name in OSCAR_APPS.items()),
    "widget_tweaks",
    "haystack",
    "treebeard",
    "sorl.thumbnail",
    "django_tables2",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "oscar.apps.basket.middleware.BasketMiddleware",
    "django.contrib.flatpages.middleware.FlatpageFallbackMiddleware",
]

# Django keeps compiled templates in memory by itself where no loaders are named.
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "oscar.apps.search.context_processors.search_form",
                "oscar.apps.checkout.context_processors.checkout",
                "oscar.apps.communication.notifications.context_processors.notifications",
                "oscar.core.context_processors.metadata",
            ],
        },
    },
]
