"""Schedules, sensors and checks for operations. The only package that imports dagster."""
