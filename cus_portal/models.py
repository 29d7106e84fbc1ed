from cus_portal.db import NumberSeries
from cus_portal.identity.waiting import WaitingAssertion
from cus_portal.throttle import Throttle

__all__ = ["NumberSeries", "Throttle", "WaitingAssertion"]
