"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path

from comity.web.views import account, displaced, files, home, imports, journal, letters, record, search, verify, watch

urlpatterns = [
    path("", home.today, name="home"),
    path("help", home.help_page, name="help"),
    path("healthz", watch.health, name="health"),
    path("readyz", watch.ready, name="ready"),
    path("metrics", watch.metrics, name="metrics"),
    path("search", search.page, name="search"),
    path("search.csv", search.as_csv, name="search-csv"),
    path("rights/<str:office>/<str:kind>/<path:number>/extract.pdf", record.extract_pdf, name="extract-pdf"),
    path("rights/<str:office>/<str:kind>/<path:number>/proof", record.extract_bundle, name="extract-bundle"),
    path("rights/<str:office>/<str:kind>/<path:number>", record.page, name="right"),
    path("exchange", journal.page, name="exchange"),
    path("exchange/<str:party>/entries", journal.entries, name="entries"),
    path("exchange/<str:party>/retry", journal.retry, name="retry"),
    path("exchange/<str:party>/checkpoint", journal.checkpoint, name="checkpoint"),
    path("exchange/<str:party>/<int:index>", journal.entry, name="entry"),
    path("exchange/<str:party>/<int:index>/proof", journal.proof, name="entry-proof"),
    path("displaced", displaced.page, name="displaced"),
    path("displaced/<int:number>/delete", displaced.drop, name="displaced-drop"),
    path("import", imports.page, name="import"),
    path("import/<int:run>", imports.run, name="import-run"),
    path("import/<int:run>/progress", imports.progress, name="import-progress"),
    path("import/<int:run>/retry", imports.retry, name="import-retry"),
    path("letters", letters.page, name="letters"),
    path("letters/new", letters.new, name="letter-new"),
    path("letters/<int:index>/take-back", letters.take_back, name="letter-take-back"),
    path("letters/<str:party>/<int:index>", letters.letter, name="letter"),
    path("letters/<str:party>/<int:index>/<int:number>", letters.attachment, name="letter-attachment"),
    path("verify", verify.page, name="verify"),
    path("files/<str:sha256>", files.image, name="file"),
    path("sign-in/", account.SignIn.as_view(), name="sign-in"),
    path("sign-out", account.sign_out, name="sign-out"),
    path("language", account.language, name="language"),
]
