"""Procedures of services: how surely each needs to know who applies (the four ways of the Tokyo service)."""
