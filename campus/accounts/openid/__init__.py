"""The portal as OpenID provider (P7): other systems use it as their sign-in."""
