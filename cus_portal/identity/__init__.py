"""The port for identity providers: OIDC and SAML 2.0, by configuration only (cus_portal.providers)."""
