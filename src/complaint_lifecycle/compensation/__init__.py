"""Compensation: what a customer is offered, and why."""
