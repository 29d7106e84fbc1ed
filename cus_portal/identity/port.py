"""The way to a provider and back, whichever protocol it speaks."""

from importlib import import_module

from cus_portal.identity.asserted import Asserted


def protocol(provider):
    """Return the module of the protocol. Read only where it is configured: its libraries cost each process 30 MB."""
    return import_module(f"cus_portal.identity.{provider.kind}")


def begin(request, provider, *, back):
    """Return the way to the provider, who sends the person back to the address `back`."""
    return protocol(provider).begin(request, provider, back=back)


def finish(request, provider, *, now) -> Asserted:
    """Return whom the provider vouches for, in the browser that set out; raise Refused for anything else."""
    return protocol(provider).finish(request, provider, now=now)
