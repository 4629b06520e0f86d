"""Every test of the web edge has a seeded service."""

from tests.service_fixtures import app, clock, postgres, services, town

__all__ = ["app", "clock", "postgres", "services", "town"]
