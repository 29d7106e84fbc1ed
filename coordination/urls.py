"""The staff's pages outside the admin: dashboard, referrals, reports."""

app_name = "coordination"
urlpatterns = []
