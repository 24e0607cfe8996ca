"""Sample services: ordinary OpenID Connect clients, most written with Authlib's Flask client; one site each."""

from idp.developer.sample.service import SampleService, create_sample

__all__ = ["SampleService", "create_sample"]
