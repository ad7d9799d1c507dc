"""The version, on the ground floor, so that whatever states it need not import the package."""

__version__ = "0.1.0"
