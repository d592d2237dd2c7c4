"""Attributes of a Dataset's variables: what a number is called, its unit, and where its interval comes from."""


def entropy_attributes(name: str, **more: str) -> dict[str, str]:
    """Attributes of a quantity in nats; the app turns exactly these into bits on request."""
    return {"long_name": name, "units": "nats", **more}


def attributes(name: str, units: str = "1", **more: str) -> dict[str, str]:
    """Attributes of any other quantity."""
    return {"long_name": name, "units": units, **more}
