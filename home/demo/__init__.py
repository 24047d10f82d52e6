"""The demo data of development: a university, its people, its pages (``manage.py seed_demo``)."""

from home.demo.seed import PASSWORD, is_seeded, seed

__all__ = ["PASSWORD", "is_seeded", "seed"]
