from django.contrib.auth import views as auth
from django.urls import path, reverse_lazy

from config.people.views import account, audit, members, tokens

app_name = "people"

urlpatterns = [
    path("account/", account.account, name="account"),
    path(
        "account/password/",
        auth.PasswordChangeView.as_view(success_url=reverse_lazy("people:password-changed")),
        name="password-change",
    ),
    path(
        "account/password/changed/",
        auth.PasswordChangeDoneView.as_view(),
        name="password-changed",
    ),
    path("tokens/", tokens.token_list, name="token-list"),
    path("tokens/new/", tokens.token_create, name="token-create"),
    path("tokens/<int:pk>/revoke/", tokens.token_revoke, name="token-revoke"),
    path("members/", members.member_list, name="member-list"),
    path("members/new/", members.member_create, name="member-create"),
    path("members/<int:pk>/", members.member_detail, name="member-detail"),
    path("members/<int:pk>/reset-password/", members.member_reset_password, name="member-reset-password"),
    path("members/<int:pk>/deactivate/", members.member_deactivate, name="member-deactivate"),
    path("members/<int:pk>/reactivate/", members.member_reactivate, name="member-reactivate"),
    path("members/<int:pk>/erase/", members.member_erase, name="member-erase"),
    path("audit/", audit.audit_list, name="audit-list"),
]
