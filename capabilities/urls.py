from capabilities.views import (
    criteria,
    evidence,
    lifecycle,
    measure,
    overview,
    requirement_pages,
    requirements,
    reviews,
    revisions,
    search,
    status,
    waivers,
)

app_name = "capabilities"
urlpatterns = [
    *overview.urlpatterns,
    *measure.urlpatterns,
    *requirements.urlpatterns,
    *revisions.urlpatterns,
    *criteria.urlpatterns,
    *evidence.urlpatterns,
    *lifecycle.urlpatterns,
    *reviews.urlpatterns,
    *waivers.urlpatterns,
    *requirement_pages.urlpatterns,
    *search.urlpatterns,
    *status.urlpatterns,
]
