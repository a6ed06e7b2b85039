"""A module of Tryton: its complaints are handled by complaint_lifecycle."""
